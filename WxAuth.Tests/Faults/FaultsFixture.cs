using WxAuth.Api.Simulator;
using WxAuth.Tests.Configuration;

namespace WxAuth.Tests.Faults;

/// <summary>What the tests of outages share. They run alone: they measure, and they take the machine's whole attention.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FaultsSuite : ICollectionFixture<FaultsFixture>
{
    public const string Name = "Faults";
}

/// <summary>A database server to be maltreated, the simulated WeChat, and nodes as processes of their own.</summary>
public sealed class FaultsFixture : IAsyncLifetime
{
    private readonly CertificateFiles _certificates = new();

    public PostgresServer Postgres { get; private set; } = null!;

    /// <summary>WeChat on the system's clock.</summary>
    public SimulatedWeChat WeChat { get; private set; } = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Postgres = await PostgresServer.CreateAsync(Ct);
        WeChat = await SimulatedWeChat.StartAsync(TimeProvider.System, [new SimulatedApp(WxAuthApp.AppId, WxAuthApp.AppSecret)]);
    }

    public async ValueTask DisposeAsync()
    {
        await WeChat.DisposeAsync();
        await Postgres.DisposeAsync();
        _certificates.Dispose();
    }

    /// <summary>The environment of a node; later settings win.</summary>
    internal Dictionary<string, string> Environment(string connectionString, params (string Key, string Value)[] settings)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__WxAuth"] = connectionString,
            ["WeChat__BaseUrl"] = WeChat.Address,
            ["WeChat__Apps__0__AppId"] = WxAuthApp.AppId,
            ["WeChat__Apps__0__AppSecret"] = WxAuthApp.AppSecret,
            ["Jwt__Issuer"] = "http://localhost:5080",
            ["DataProtection__CertificatePath"] = _certificates.PathOf("rsa.crt"),
            ["DataProtection__CertificateKeyPath"] = _certificates.PathOf("rsa.key"),
            ["RateLimits__RequestsPerMinutePerSession"] = "0",
            ["RateLimits__FailedLoginsPerMinutePerIp"] = "0",
            ["Shutdown__Delay"] = "00:00:00",
        };
        foreach (var (key, value) in settings)
        {
            environment[key] = value;
        }

        return environment;
    }

    /// <summary>Starts a node on a database of <see cref="Postgres"/>, and waits until it is ready.</summary>
    internal async Task<ApiProcess> StartNodeAsync(string database, params (string Key, string Value)[] settings)
    {
        var node = await ApiProcess.StartAsync(Environment(Postgres.ConnectionString(database), settings));
        await node.ReadyAsync();
        return node;
    }

    /// <summary>Prints the figures of a load, and asserts that the rule held: success or a documented refusal, and nothing half done.</summary>
    internal static async Task AssertNothingLostAsync(PostgresServer postgres, string database, Tally tally, int mayBeLost = 0)
    {
        var missing = (long)(await postgres.ScalarAsync(
            database, "SELECT count(*) FROM unnest($1) AS a (id) WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = a.id)", Ct, tally.Acknowledged.ToArray()))!;
        var halfWritten = (long)(await postgres.ScalarAsync(
            database,
            """
            SELECT (SELECT count(*) FROM sessions s WHERE NOT s.records_login)
                 + (SELECT count(*) FROM audit_events a WHERE a.type = 'login')
                 + (SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM wechat_identities i WHERE i.user_id = u.id))
                 + (SELECT count(*) FROM wechat_identities i WHERE i.user_id IS NULL)
            """,
            Ct))!;
        var written = (long)(await postgres.ScalarAsync(database, "SELECT count(*) FROM sessions", Ct))!;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{tally}; acknowledged logins {tally.Acknowledged.Count}, of them missing {missing}; sessions {written}, half-written {halfWritten}");

        Assert.True(tally.Faults.Count == 0, string.Join('\n', tally.Faults.Take(5)));
        Assert.True(tally.Lost <= mayBeLost, $"{tally}\n{string.Join('\n', tally.Losses.Take(5))}");
        Assert.Equal(0, missing);
        Assert.Equal(0, halfWritten);
        Assert.NotEmpty(tally.Acknowledged);
    }
}
