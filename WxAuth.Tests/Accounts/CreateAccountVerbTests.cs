using System.Diagnostics;
using WxAuth.Api;

namespace WxAuth.Tests.Accounts;

/// <summary>The verb as an operator runs it: a process of its own, with the connection string alone.</summary>
public sealed class CreateAccountVerbTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_makes_the_first_administrator_with_the_password_of_its_input()
    {
        var (exitCode, error) = await RunAsync("correct horse battery\nnot the password\n", "--user-name", "Root", "--role", "admin", "--role", "ops", "--role", "ops");

        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
        var login = await app.PasswordLoginAsync("root");
        Assert.Equal(["admin", "ops"], login["user"]!["roles"]!.AsArray().Select(role => (string)role!));
        Assert.Equal(1L, await app.AuditCountAsync($"type = 'account_created' AND user_id = '{login["user"]!["id"]}' AND detail ->> 'by' = 'command_line'"));

        var (again, taken) = await RunAsync("another password\n", "--user-name", "ROOT");
        Assert.Equal(1, again);
        Assert.Single(taken.Trim().Split('\n'));
        Assert.Contains("ROOT is taken", taken, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_fault_has_a_line_and_the_password_is_in_none()
    {
        var (exitCode, error) = await RunAsync("secret\n", "--user-name", "no spaces", "--role", "UPPER", "--rolle", "admin");

        Assert.Equal(1, exitCode);
        var lines = error.Trim().Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Contains(lines, line => line.StartsWith("--user-name:", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("--role: UPPER", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("--rolle:", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("password:", StringComparison.Ordinal));
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Error)> RunAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            // Not Development: nothing but the connection string is configured.
            Environment = { ["DOTNET_ENVIRONMENT"] = "Production", ["ASPNETCORE_ENVIRONMENT"] = "Production", ["ConnectionStrings__WxAuth"] = app.ConnectionString },
        };
        foreach (var argument in (string[])[typeof(WxAuthApplication).Assembly.Location, "create-account", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(Ct);
        var output = process.StandardOutput.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);
        await output;
        return (process.ExitCode, await error);
    }
}
