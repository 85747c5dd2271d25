using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace WxAuth.Tests;

/// <summary>
/// Stands between the API and PostgreSQL: counts what is asked of the database on the wire, where every Sync or simple Query is one round
/// trip whatever a library says of itself, and can take the database away.
/// </summary>
internal sealed class PostgresProxy : IAsyncDisposable
{
    private const int FirstNegotiationCode = 80877102; // cancel, SSL and GSS requests
    private const int LastNegotiationCode = 80877104;

    private readonly string _host;
    private readonly int _port;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Link, bool> _links = new();
    private readonly ConcurrentQueue<Exchange> _exchanges = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private volatile bool _away;

    public PostgresProxy(string connectionString)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        (_host, _port) = (server.Host!, server.Port);
        _listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
            SslMode = SslMode.Disable,
        }.ConnectionString;
        _accepting = AcceptAsync();
    }

    /// <summary>Leads here.</summary>
    public string ConnectionString { get; }

    /// <summary>The SQL of each round trip since the last <see cref="Forget"/>, without the connection that listens for news.</summary>
    public IReadOnlyList<string> RoundTrips => [.. _exchanges.Where(exchange => !exchange.Link.Listens).Select(exchange => exchange.Sql)];

    public void Forget() => _exchanges.Clear();

    /// <summary>Cuts every connection, and all that come.</summary>
    public void TakeAway()
    {
        _away = true;
        foreach (var link in _links.Keys)
        {
            link.Dispose();
        }
    }

    public void BringBack() => _away = false;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        TakeAway();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                if (_away)
                {
                    client.Dispose();
                    continue;
                }

                running.Add(RelayAsync(client));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var link = new Link(client, new TcpClient());
        _links[link] = true;
        try
        {
            await link.Server.ConnectAsync(_host, _port, _stop.Token);
            await Task.WhenAny(AskAsync(link), link.Server.GetStream().CopyToAsync(client.GetStream(), _stop.Token));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // One of the two ends has gone: so does the other.
            return;
        }
        finally
        {
            _links.TryRemove(link, out _);
        }
    }

    // https://www.postgresql.org/docs/current/protocol-message-formats.html
    private async Task AskAsync(Link link)
    {
        var (from, to) = (link.Client.GetStream(), link.Server.GetStream());
        var isStartup = true;
        var sql = new StringBuilder();
        var lengthAndCode = new byte[8];
        while (isStartup)
        {
            await from.ReadExactlyAsync(lengthAndCode, _stop.Token);
            var body = new byte[BinaryPrimitives.ReadInt32BigEndian(lengthAndCode) - 8];
            await from.ReadExactlyAsync(body, _stop.Token);
            isStartup = BinaryPrimitives.ReadInt32BigEndian(lengthAndCode.AsSpan(4)) is >= FirstNegotiationCode and <= LastNegotiationCode;
            await to.WriteAsync((byte[])[.. lengthAndCode, .. body], _stop.Token);
        }

        var head = new byte[5];
        while (true)
        {
            await from.ReadExactlyAsync(head, _stop.Token);
            var body = new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4];
            await from.ReadExactlyAsync(body, _stop.Token);
            var kind = (char)head[0];
            if (kind is 'P' or 'Q' or 'B')
            {
                sql.Append(kind).Append(' ').AppendLine(Encoding.UTF8.GetString(body).Trim('\0'));
            }

            link.Listens |= kind is 'Q' or 'P' && Encoding.UTF8.GetString(body).Contains("LISTEN ", StringComparison.Ordinal);
            if (kind is 'S' or 'Q')
            {
                _exchanges.Enqueue(new Exchange(link, sql.ToString()));
                sql.Clear();
            }

            await to.WriteAsync((byte[])[.. head, .. body], _stop.Token);
        }
    }

    private sealed record Exchange(Link Link, string Sql);

    private sealed class Link(TcpClient client, TcpClient server) : IDisposable
    {
        public TcpClient Client => client;

        public TcpClient Server => server;

        public bool Listens { get; set; }

        public void Dispose()
        {
            client.Dispose();
            server.Dispose();
        }
    }
}

/// <summary>The API whose database can be watched and taken away.</summary>
public sealed class ProxiedApp(TestCluster cluster) : WxAuthApp(cluster)
{
    private PostgresProxy? _proxy;

    internal PostgresProxy Database => _proxy ??= new PostgresProxy(ConnectionString);

    protected override IEnumerable<KeyValuePair<string, string?>> Configuration => [new("ConnectionStrings:WxAuth", Database.ConnectionString)];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Database.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
