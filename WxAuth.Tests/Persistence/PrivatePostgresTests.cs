using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Tests.Persistence;

[UnsupportedOSPlatform("windows")]
public sealed class PrivatePostgresTests : IDisposable
{
    private readonly string _parent =
        Path.Combine(Path.GetTempPath(), "wxauth-" + RandomNumberGenerator.GetHexString(12, lowercase: true));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_parent))
        {
            Directory.Delete(_parent, recursive: true);
        }
    }

    [Fact]
    public async Task A_new_folder_yields_a_server_that_answers()
    {
        await using var postgres = await StartAsync("a");

        Assert.Equal(1, await ScalarAsync(postgres.ConnectionString, "SELECT 1"));
        Assert.Equal("wxauth", await ScalarAsync(postgres.ConnectionString, "SELECT current_database()::text"));
        Assert.Equal("postgres", await ScalarAsync(postgres.ConnectionStringFor("postgres"), "SELECT current_database()::text"));
        Assert.Equal(
            "200 127.0.0.1 UTC UTF8 replica off",
            await ScalarAsync(postgres.ConnectionString, """
                SELECT concat_ws(' ', current_setting('max_connections'), current_setting('listen_addresses'),
                    current_setting('TimeZone'), current_setting('server_encoding'), current_setting('wal_level'), current_setting('fsync'))
                """));
    }

    [Fact]
    public async Task A_server_is_durable_unless_told_otherwise()
    {
        await using var postgres = await PrivatePostgres.StartAsync(Folder("a"), NullLogger.Instance, TimeProvider.System, Ct);

        Assert.Equal(
            "on on on",
            await ScalarAsync(postgres.ConnectionString, """
                SELECT concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'))
                """));
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_the_right_one_is_for_the_owner_alone()
    {
        await using var postgres = await StartAsync("a");
        var wrong = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Password = "wrong", Pooling = false };

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(wrong.ConnectionString, "SELECT 1"));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder("a"), "cluster/password")));
    }

    [Fact]
    public async Task Data_outlives_the_server()
    {
        await using (var first = await StartAsync("a"))
        {
            await KeepAsync(first.ConnectionString, "kept");
        }

        Assert.False(IsRunning("a"));
        await using var second = await StartAsync("a");
        Assert.Equal("kept", await KeptAsync(second.ConnectionString));
    }

    [Fact]
    public async Task Two_folders_have_two_servers()
    {
        var both = await Task.WhenAll(StartAsync("a"), StartAsync("b"));
        await using var a = both[0];
        await using var b = both[1];

        await KeepAsync(a.ConnectionString, "in a");
        await KeepAsync(b.ConnectionString, "in b");

        Assert.Equal("in a", await KeptAsync(a.ConnectionString));
        Assert.Equal("in b", await KeptAsync(b.ConnectionString));
    }

    [Fact]
    public async Task Who_comes_second_joins_and_the_last_who_leaves_stops_the_server()
    {
        var first = await StartAsync("a");
        using var second = await PrivatePostgresUser.StartAsync(Folder("a"), Ct);
        Assert.Equal(first.ConnectionString, second.FirstLine);

        await first.DisposeAsync();
        Assert.Equal(1, await ScalarAsync(second.FirstLine, "SELECT 1"));

        Assert.Equal(0, await second.LeaveAsync(Ct));
        Assert.False(IsRunning("a"));
    }

    [Fact]
    public async Task Many_who_start_at_once_share_one_server()
    {
        var users = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StartAsync("a")));

        Assert.Single(users.Select(user => user.ConnectionString).Distinct(StringComparer.Ordinal));

        await Task.WhenAll(users.Select(user => user.DisposeAsync().AsTask()));
        Assert.False(IsRunning("a"));
    }

    [Fact]
    public async Task The_server_stops_when_its_last_user_is_killed()
    {
        using var user = await PrivatePostgresUser.StartAsync(Folder("a"), Ct);
        await KeepAsync(user.FirstLine, "kept");

        await user.KillAsync(Ct);

        Assert.True(await FolderLock.WaitUntilFreeAsync(Path.Combine(Folder("a"), "server.lock"), TimeSpan.FromSeconds(20), TimeProvider.System, Ct));
        await using var next = await StartAsync("a");
        Assert.Equal("kept", await KeptAsync(next.ConnectionString));
    }

    [Fact]
    public async Task A_killed_user_does_not_take_the_server_from_the_others()
    {
        using var starter = await PrivatePostgresUser.StartAsync(Folder("a"), Ct);
        await using var other = await StartAsync("a");

        await starter.KillAsync(Ct);

        Assert.Equal(1, await ScalarAsync(other.ConnectionString, "SELECT 1"));
        await other.DisposeAsync();
        Assert.False(IsRunning("a"));
    }

    [Fact]
    public async Task A_killed_server_is_recovered_by_the_next_start_on_the_same_port()
    {
        await using var first = await StartAsync("a", durable: true);
        await KeepAsync(first.ConnectionString, "kept");
        await KillAsync(ReadPid("a"));
        await WaitUntilStoppedAsync("a");
        Assert.True(File.Exists(PidFile("a")));
        // The number of the killed server can be another program's by now: ours here.
        await File.WriteAllTextAsync(PidFile("a"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture), Ct);

        await using var second = await StartAsync("a");

        Assert.Equal("kept", await KeptAsync(second.ConnectionString));
        Assert.Equal(first.ConnectionString, second.ConnectionString);
    }

    [Fact]
    public async Task A_server_that_lost_its_supervisor_is_stopped_before_another_starts()
    {
        await using var first = await StartAsync("a");
        await KeepAsync(first.ConnectionString, "kept");
        var orphan = ReadPid("a");
        var keeper = Parent(orphan);
        await KillAsync(Parent(keeper));
        Assert.True(IsRunning("a"));

        await using var second = await StartAsync("a");

        Assert.NotEqual(orphan, ReadPid("a"));
        Assert.Equal("kept", await KeptAsync(second.ConnectionString));
    }

    [Fact]
    public async Task The_server_is_in_a_session_of_its_own_so_that_Ctrl_C_does_not_reach_it()
    {
        await using var postgres = await StartAsync("a");

        Assert.NotEqual(Session(Environment.ProcessId), Session(ReadPid("a")));
    }

    [Fact]
    public async Task A_half_made_cluster_is_made_anew()
    {
        var halfMade = Directory.CreateDirectory(Path.Combine(Folder("a"), "cluster.new/data/base"));
        await File.WriteAllTextAsync(Path.Combine(halfMade.FullName, "../PG_VERSION"), "15\n", Ct);

        await using var postgres = await StartAsync("a");

        Assert.Equal(1, await ScalarAsync(postgres.ConnectionString, "SELECT 1"));
        Assert.False(Directory.Exists(Path.Combine(Folder("a"), "cluster.new")));
    }

    [Fact]
    public async Task A_user_killed_in_the_middle_of_initdb_does_no_harm()
    {
        using var user = PrivatePostgresUser.Begin(Folder("a"));
        var pgVersion = Path.Combine(Folder("a"), "cluster.new/data/PG_VERSION");
        Assert.NotNull(await FolderLock.WaitAsync(() => File.Exists(pgVersion) ? pgVersion : null, TimeSpan.FromSeconds(20), TimeProvider.System, Ct));
        await user.KillAsync(Ct);

        await using var postgres = await StartAsync("a");

        Assert.Equal(1, await ScalarAsync(postgres.ConnectionString, "SELECT 1"));
    }

    [Fact]
    public async Task An_ordinary_user_can_start_it()
    {
        var programs = Directory.CreateDirectory(Path.Combine(_parent, "programs")).FullName;
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(file => Path.GetExtension(file) is ".dll" or ".json"))
        {
            // Without the list of dependencies the runtime takes what lies beside the assembly.
            if (!file.EndsWith(".deps.json", StringComparison.Ordinal))
            {
                File.Copy(file, Path.Combine(programs, Path.GetFileName(file)));
            }
        }

        var home = Directory.CreateDirectory(Path.Combine(_parent, "home")).FullName;
        string[] prefix = [];
        if (Environment.IsPrivilegedProcess)
        {
            // Nobody's folders above are open to others as a rule; the temporary folder's are.
            File.SetUnixFileMode(home, (UnixFileMode)0b111_111_111);
            prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
        }

        using var user = await PrivatePostgresUser.StartAsync(Path.Combine(home, "postgres"), Ct, programs, prefix);

        Assert.StartsWith("Host=127.0.0.1;", user.FirstLine, StringComparison.Ordinal);
        Assert.Equal(1, await ScalarAsync(user.FirstLine, "SELECT 1"));
        Assert.Equal(0, await user.LeaveAsync(Ct));
    }

    [Fact]
    public async Task Root_can_start_it_below_a_folder_that_is_closed_to_others()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root runs the server as another user.");
        Directory.CreateDirectory(_parent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        await using var postgres = await StartAsync("a");

        Assert.Equal(1, await ScalarAsync(postgres.ConnectionString, "SELECT 1"));
    }

    [Fact]
    public async Task Missing_programs_are_refused_with_one_line_that_says_what_to_install()
    {
        var options = new PrivatePostgresOptions(Folder("a")) { BinaryFolders = [_parent] };

        var refusal = await Assert.ThrowsAsync<PrivatePostgresException>(
            () => PrivatePostgres.StartAsync(options, NullLogger.Instance, TimeProvider.System, Ct));

        Assert.Equal(
            "PostgreSQL's server programs (initdb, postgres) were not found: install them, e.g. apt-get install postgresql, or set ConnectionStrings:WxAuth.",
            refusal.Message);
    }

    [Fact]
    public async Task Data_of_another_version_is_refused_and_left_alone()
    {
        await (await StartAsync("a")).DisposeAsync();
        var version = Path.Combine(Folder("a"), "cluster/data/PG_VERSION");
        await File.WriteAllTextAsync(version, "9\n", Ct);

        var refusal = await Assert.ThrowsAsync<PrivatePostgresException>(() => StartAsync("a"));

        Assert.StartsWith("The private database was made by PostgreSQL 9, but only ", refusal.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(version));
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Ct);
    }

    private static Task<object?> KeepAsync(string connectionString, string text) =>
        ScalarAsync(connectionString, $"CREATE TABLE kept (text text); INSERT INTO kept VALUES ('{text}')");

    private static Task<object?> KeptAsync(string connectionString) => ScalarAsync(connectionString, "SELECT text FROM kept");

    private static async Task KillAsync(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
        await process.WaitForExitAsync(Ct);
    }

    private static int Parent(int processId) => StatField(processId, 1);

    private static int Session(int processId) => StatField(processId, 3);

    /// <summary>A number from proc(5), counted from behind the name, which ends in a parenthesis.</summary>
    private static int StatField(int processId, int index)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[index], CultureInfo.InvariantCulture);
    }

    private string Folder(string name) => Path.Combine(_parent, name);

    private string PidFile(string name) => Path.Combine(Folder(name), "cluster/data/postmaster.pid");

    private int ReadPid(string name) => int.Parse(File.ReadLines(PidFile(name)).First(), CultureInfo.InvariantCulture);

    private bool IsRunning(string name) => FolderLock.IsHeld(Path.Combine(Folder(name), "server.lock"));

    private async Task WaitUntilStoppedAsync(string name)
    {
        foreach (var held in new[] { "supervisor.lock", "server.lock" })
        {
            Assert.True(await FolderLock.WaitUntilFreeAsync(Path.Combine(Folder(name), held), TimeSpan.FromSeconds(20), TimeProvider.System, Ct));
        }
    }

    private Task<PrivatePostgres> StartAsync(string name, bool durable = false) => PrivatePostgres.StartAsync(
        new PrivatePostgresOptions(Folder(name)) { Durable = durable }, NullLogger.Instance, TimeProvider.System, Ct);
}
