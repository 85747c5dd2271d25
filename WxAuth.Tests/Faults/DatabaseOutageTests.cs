using System.Net;
using Npgsql;
using WxAuth.Infrastructure.Persistence;

namespace WxAuth.Tests.Faults;

/// <summary>PostgreSQL in its broken ways, under load: success or 503 with Retry-After, never a half-written login, and service comes back by itself.</summary>
[Collection(FaultsSuite.Name)]
[Trait("Category", "Faults")]
public sealed class DatabaseOutageTests(FaultsFixture faults)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private PostgresServer Postgres => faults.Postgres;

    [Fact]
    public async Task A_restarted_database_is_used_again_by_itself()
    {
        var database = await Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(database);
        await using var load = Load.Start(node.Address, faults.WeChat);
        await load.SucceedAsync();

        await Postgres.StopAsync(Ct);
        await load.RefuseAsync("database_unavailable");
        await Postgres.StartAsync(Ct);
        await load.SucceedAsync();

        await FaultsFixture.AssertNothingLostAsync(Postgres, database, await load.StopAsync());
    }

    [Fact]
    public async Task A_database_killed_under_load_loses_no_acknowledged_login()
    {
        var database = await Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(database);
        await using var load = Load.Start(node.Address, faults.WeChat);
        await load.SucceedAsync();

        await Postgres.KillAsync();
        await load.RefuseAsync("database_unavailable");
        await Postgres.StartAsync(Ct);
        await load.SucceedAsync();

        await FaultsFixture.AssertNothingLostAsync(Postgres, database, await load.StopAsync());
    }

    [Fact]
    public async Task A_database_that_hangs_is_given_up_within_eight_seconds_and_probes_are_answered_meanwhile()
    {
        var database = await Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(database);
        // More than there are connections: all of those are cancelled together.
        await using var load = Load.Start(node.Address, faults.WeChat, phones: 40);
        await load.SucceedAsync(more: 80);

        await Postgres.PauseAsync();
        try
        {
            var refused = load.RefuseAsync("database_unavailable", more: 120);
            var (live, ready) = (TimeSpan.Zero, TimeSpan.Zero);
            do
            {
                var took = await Task.WhenAll(TimeAsync(node, "health/live", HttpStatusCode.OK), TimeAsync(node, "health/ready", HttpStatusCode.ServiceUnavailable));
                (live, ready) = (took[0] > live ? took[0] : live, took[1] > ready ? took[1] : ready);
            }
            while (!refused.IsCompleted);
            await refused;
            TestContext.Current.TestOutputHelper!.WriteLine($"live within {live.TotalSeconds:F2} s, not ready within {ready.TotalSeconds:F2} s");
            Assert.InRange(live, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            Assert.InRange(ready, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        }
        finally
        {
            await Postgres.ResumeAsync();
        }

        await load.SucceedAsync();
        var tally = await load.StopAsync();
        await FaultsFixture.AssertNothingLostAsync(Postgres, database, tally);
        Assert.InRange(tally.Longest, TimeSpan.Zero, TimeSpan.FromSeconds(8));
        Assert.Equal(HttpStatusCode.OK, await node.StatusAsync("health/ready"));
    }

    [Fact]
    public async Task A_database_without_free_connections_refuses_until_there_are_some()
    {
        var database = await Postgres.CreateDatabaseAsync(Ct);
        await using var node = await faults.StartNodeAsync(database);
        await using var load = Load.Start(node.Address, faults.WeChat);
        await load.SucceedAsync();
        var taken = new List<NpgsqlConnection>();
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    await TakeAllAsync(taken);
                    await using var end = new NpgsqlCommand(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wxauth'", taken[0]);
                    await end.ExecuteNonQueryAsync(Ct);
                    return load.Tally.RefusedAs("database_unavailable") >= 20;
                },
                TimeSpan.FromSeconds(30),
                "20 requests are refused",
                Ct);
        }
        finally
        {
            foreach (var connection in taken)
            {
                await connection.DisposeAsync();
            }
        }

        await load.SucceedAsync();
        await FaultsFixture.AssertNothingLostAsync(Postgres, database, await load.StopAsync());
    }

    [Fact]
    public async Task A_full_disk_refuses_what_writes_until_there_is_room()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a small file system.");
        await using var disk = await SmallDisk.MountAsync(megabytes: 32);
        await Postgres.CreateTablespaceAsync("small", disk.Folder, Ct);
        var database = await Postgres.CreateDatabaseAsync(Ct, tablespace: "small");
        await using (var node = await faults.StartNodeAsync(database))
        {
            await using var load = Load.Start(node.Address, faults.WeChat);
            await load.SucceedAsync();

            disk.Fill();
            await load.RefuseAsync("database_unavailable");
            disk.Free();
            await load.SucceedAsync();

            await FaultsFixture.AssertNothingLostAsync(Postgres, database, await load.StopAsync());
            Assert.Contains(node.Output, line => line.Contains("SQLSTATE 53100", StringComparison.Ordinal));
        }

        await Postgres.ExecuteAsync("postgres", $"DROP DATABASE {database} WITH (FORCE)", Ct);
        await Postgres.ExecuteAsync("postgres", "DROP TABLESPACE small", Ct);
    }

    [Fact]
    public async Task A_node_that_starts_without_its_database_is_live_and_becomes_ready_by_itself()
    {
        var database = await Postgres.CreateDatabaseAsync(Ct);
        await Postgres.StopAsync(Ct);
        try
        {
            await using var node = await ApiProcess.StartAsync(faults.Environment(Postgres.ConnectionString(database)));

            Assert.Equal(HttpStatusCode.OK, await node.StatusAsync("health/live"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await node.StatusAsync("health/ready"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await node.StatusAsync("api/users/me"));
            await Postgres.StartAsync(Ct);
            await node.ReadyAsync();
            Assert.Equal(HttpStatusCode.Unauthorized, await node.StatusAsync("api/users/me"));
        }
        finally
        {
            await Postgres.EnsureStartedAsync(Ct);
        }
    }

    private static async Task<TimeSpan> TimeAsync(ApiProcess node, string path, HttpStatusCode expected)
    {
        var asked = TimeProvider.System.GetTimestamp();
        Assert.Equal(expected, await node.StatusAsync(path));
        return TimeProvider.System.GetElapsedTime(asked);
    }

    private async Task TakeAllAsync(List<NpgsqlConnection> taken)
    {
        while (true)
        {
            var connection = new NpgsqlConnection($"{Postgres.ConnectionString("postgres")};Pooling=false;Application Name=taken");
            try
            {
                await connection.OpenAsync(Ct);
                taken.Add(connection);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await connection.DisposeAsync();
                return;
            }
        }
    }

    /// <summary>A file system in memory that is soon full.</summary>
    private sealed class SmallDisk : IAsyncDisposable
    {
        private SmallDisk(string folder) => Folder = folder;

        public string Folder { get; }

        private string Filler => Path.Combine(Folder, "filler");

        public static async Task<SmallDisk> MountAsync(int megabytes)
        {
            var folder = Directory.CreateTempSubdirectory("wxauth-disk-").FullName;
            var (exitCode, output) = await CommandRunner.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder], Ct);
            if (exitCode != 0)
            {
                Directory.Delete(folder);
                Assert.Skip($"A small file system cannot be mounted here: {output}");
            }

            return new SmallDisk(folder);
        }

        public void Fill()
        {
            using var file = File.Create(Filler, bufferSize: 0);
            try
            {
                while (true)
                {
                    file.Write(new byte[4096]);
                }
            }
            catch (IOException)
            {
                // Full: that is what was wanted.
            }
        }

        public void Free() => File.Delete(Filler);

        public async ValueTask DisposeAsync()
        {
            await CommandRunner.RunAsync("umount", ["-l", Folder], CancellationToken.None);
            Directory.Delete(Folder, recursive: true);
        }
    }
}
