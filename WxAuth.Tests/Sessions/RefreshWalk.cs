using System.Globalization;

namespace WxAuth.Tests.Sessions;

/// <summary>Where a walk's session lives: in process on two nodes, or behind HTTP.</summary>
internal interface IRefreshTarget
{
    DateTimeOffset Now { get; }

    void Advance(TimeSpan by);

    /// <summary>Logs a new user in; the refresh token.</summary>
    Task<string> LoginAsync();

    /// <summary>Refreshes on a node: the new refresh token, or the code of the refusal with its reason.</summary>
    Task<(string? Token, string? Refusal)> RefreshAsync(int node, string token);

    Task LogOutAsync(int node, string token);
}

/// <summary>
/// One phone, its network and a thief against two nodes, in an order that a seed decides. Every answer is compared with the model's; of calls
/// in parallel, some order of them must explain all answers.
/// </summary>
internal sealed class RefreshWalk(IRefreshTarget target, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<string> _story = [];
    private readonly List<string> _tokens = [];
    private RefreshModel _model = RefreshModel.LoggedIn(default);

    /// <summary>Takes a number of steps; a session that has ended is followed by another one.</summary>
    public async Task RunAsync(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            if (step == 0 || (_model.Refresh(_model.Unused, target.Now).Answer is var answer && !IsToken(answer) && _random.Next(2) == 0))
            {
                await LogInAsync();
            }

            await StepAsync();
        }
    }

    private async Task LogInAsync()
    {
        _story.Clear();
        _tokens.Clear();
        _model = RefreshModel.LoggedIn(target.Now);
        _tokens.Add(await target.LoginAsync());
    }

    // Mostly what phones do; a thief or a long absence ends a session, so they come seldom.
    private Task StepAsync() => _random.Next(1000) switch
    {
        < 450 => CallAsync(_model.Unused), // an ordinary refresh; whether the phone gets the answer is all the same to the server
        < 650 => AgainAsync(),
        < 800 => TogetherAsync(),
        < 960 => AdvanceAsync(TimeSpan.FromMilliseconds(_random.Next(30_000))),
        < 970 => AdvanceAsync(TimeSpan.FromSeconds(60)),
        < 975 => AdvanceAsync(TimeSpan.FromSeconds(61)),
        < 980 => AdvanceAsync(TimeSpan.FromDays(_random.Next(1, 32))),
        < 990 => CallAsync(_random.Next(_tokens.Count)), // any token that ever was
        < 997 => CallAsync(Math.Max(0, _model.Unused - 2)), // the grandparent
        _ => LogOutAsync(),
    };

    /// <summary>The answer was lost: the same token again, soon or late.</summary>
    private Task AgainAsync() => CallAsync(Math.Max(0, _model.Unused - 1));

    /// <summary>Two pages at once, a retry that overtakes, a retry beside the next refresh.</summary>
    private async Task TogetherAsync()
    {
        var calls = Enumerable.Range(0, _random.Next(2, 5))
            .Select(_ => (Token: _random.Next(12) == 0 ? Math.Max(0, _model.Unused - 1) : _model.Unused, Node: _random.Next(2))).ToArray();
        Tell($"together {string.Join(", ", calls.Select(call => $"token {call.Token} on node {call.Node}"))}");
        var results = await Task.WhenAll(calls.Select(call => target.RefreshAsync(call.Node, _tokens[call.Token])));
        var answers = results.Select(NameOf).ToArray();
        if (Explain(_model, [.. calls.Select((call, i) => (call.Token, answers[i]))]) is not { } explained)
        {
            throw Refuted($"no order explains {string.Join(", ", answers)}");
        }

        _model = explained;
    }

    private async Task CallAsync(int token)
    {
        var node = _random.Next(2);
        Tell($"token {token} on node {node}");
        var (next, expected) = _model.Refresh(token, target.Now);
        var answer = NameOf(await target.RefreshAsync(node, _tokens[token]));
        _model = next;
        if (answer != expected)
        {
            throw Refuted($"{answer}, not {expected}");
        }
    }

    private async Task LogOutAsync()
    {
        var token = _random.Next(_tokens.Count);
        Tell($"logout with token {token}");
        await target.LogOutAsync(_random.Next(2), _tokens[token]);
        _model = _model.LogOut(target.Now);
    }

    private Task AdvanceAsync(TimeSpan by)
    {
        Tell($"{by} later");
        target.Advance(by);
        return Task.CompletedTask;
    }

    private RefreshModel? Explain(RefreshModel model, IReadOnlyList<(int Token, string Answer)> calls)
    {
        if (calls.Count == 0)
        {
            return model;
        }

        for (var first = 0; first < calls.Count; first++)
        {
            var (next, answer) = model.Refresh(calls[first].Token, target.Now);
            if (answer == calls[first].Answer && Explain(next, [.. calls.Where((_, i) => i != first)]) is { } explained)
            {
                return explained;
            }
        }

        return null;
    }

    // A token is known by its very text: a successor that differs by one byte from the one given before is a second live one.
    private string NameOf((string? Token, string? Refusal) result)
    {
        if (result.Token is not { } token)
        {
            return result.Refusal!;
        }

        if (!_tokens.Contains(token))
        {
            _tokens.Add(token);
        }

        return string.Create(CultureInfo.InvariantCulture, $"token {_tokens.LastIndexOf(token)}");
    }

    private static bool IsToken(string answer) => answer.StartsWith("token ", StringComparison.Ordinal);

    private void Tell(string what) => _story.Add($"{target.Now:O} {what}");

    private Xunit.Sdk.XunitException Refuted(string how) => new($"Seed {seed}: {how}\n{string.Join('\n', _story)}");
}
