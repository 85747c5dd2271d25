namespace WxAuth.Tests.Client;

/// <summary><c>miniprogram/</c> by itself, as its README says: its packages, its tests, its types.</summary>
public sealed class ClientLibraryTests(ClientLibraryTests.Copy copy) : IClassFixture<ClientLibraryTests.Copy>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_tests_against_the_model_server_pass_ten_thousand_calls_among_them()
    {
        var output = await ChildProcess.RunAsync(copy.Folder, ["npm", "test"], Ct);

        Assert.Contains("10000 calls over a bad network: no false sign-out, no login too many (seed 2)", output, StringComparison.Ordinal);
        Assert.Contains(" fail 0", output, StringComparison.Ordinal);
        Assert.Contains(" skipped 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Library_and_sample_agree_with_the_types_of_the_mini_program_api() =>
        await ChildProcess.RunAsync(copy.Folder, ["npm", "run", "types"], Ct);

    /// <summary>A copy, so that nothing is written beside the sources.</summary>
    public sealed class Copy : IAsyncLifetime
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("wxauth-client-").FullName;

        public async ValueTask InitializeAsync()
        {
            CopyTo(new DirectoryInfo(ChildProcess.MiniProgramFolder), Folder);
            await ChildProcess.RunAsync(Folder, ["npm", "ci", "--prefer-offline"], Ct);
        }

        public ValueTask DisposeAsync()
        {
            Directory.Delete(Folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        private static void CopyTo(DirectoryInfo from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (var file in from.EnumerateFiles())
            {
                file.CopyTo(Path.Combine(to, file.Name));
            }

            foreach (var folder in from.EnumerateDirectories().Where(folder => folder.Name is not "node_modules"))
            {
                CopyTo(folder, Path.Combine(to, folder.Name));
            }
        }
    }
}
