using System.Diagnostics;
using System.Globalization;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Tests.Faults;

/// <summary>
/// nginx before two nodes, as the documentation sets it up: connections to the nodes are kept, and a request is given to another node only
/// where that is safe (it was not sent yet, or it is idempotent).
/// </summary>
internal sealed class Nginx : IAsyncDisposable
{
    private static readonly string[] Programs = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"];

    private readonly string _folder = Directory.CreateTempSubdirectory("wxauth-nginx-").FullName;
    private Process? _process;

    private Nginx()
    {
    }

    public Uri Address { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{PostgresServer.FreePort()}"));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Configuration => Path.Combine(_folder, "nginx.conf");

    /// <summary>Starts it; the test is skipped where the program is not installed.</summary>
    public static async Task<Nginx> StartAsync(params Uri[] nodes)
    {
        var program = Array.Find(Programs, File.Exists);
        Assert.SkipWhen(program is null, "nginx is not installed: apt-get install nginx-light.");
        var nginx = new Nginx();
        await nginx.WriteAsync(nodes, down: null);
        nginx._process = Process.Start(CommandRunner.Describe(
            program!, ["-p", nginx._folder, "-c", nginx.Configuration, "-e", Path.Combine(nginx._folder, "error.log")]))!;
        using var client = new HttpClient { BaseAddress = nginx.Address };
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(nginx._process.HasExited, "nginx has ended");
                try
                {
                    using var response = await client.GetAsync("health/live", Ct);
                    return response.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false; // not yet: asked again
                }
            },
            TimeSpan.FromSeconds(10),
            "nginx answers",
            Ct);
        return nginx;
    }

    /// <summary>Takes a node out (<c>null</c>: takes all in), and waits until no worker that knows otherwise takes requests.</summary>
    public async Task SetDownAsync(Uri? down, params Uri[] nodes)
    {
        await WriteAsync(nodes, down);
        var before = Signals.ChildrenOf(_process!.Id).ToHashSet();
        await Signals.SendAsync("HUP", [_process.Id]);
        await Eventually.TrueAsync(
            () => !before.Overlaps(Signals.ChildrenOf(_process.Id)), TimeSpan.FromSeconds(20), "nginx has taken its configuration up", Ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await Signals.SendAsync("TERM", [_process.Id]);
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private Task WriteAsync(Uri[] nodes, Uri? down) => File.WriteAllTextAsync(
        Configuration,
        $$"""
        {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
        daemon off;
        worker_processes 2;
        pid nginx.pid;
        events { worker_connections 512; }
        http {
          access_log off;
          client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
          upstream wxauth {
            {{string.Join("\n    ", nodes.Select(node => $"server {node.Authority}{(node == down ? " down" : "")} max_fails=1 fail_timeout=1s;"))}}
            keepalive 16;
          }
          server {
            listen {{Address.Authority}};
            location / {
              proxy_pass http://wxauth;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
              proxy_set_header X-Forwarded-Proto $scheme;
              proxy_connect_timeout 2s;
              proxy_next_upstream error timeout;
            }
          }
        }
        """,
        Ct);
}
