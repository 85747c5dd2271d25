namespace WxAuth.Domain.Apps;

/// <summary>A configured mini-program, as far as the rules depend on it.</summary>
/// <param name="AppId">WeChat's id of it.</param>
/// <param name="RequireBinding">Whether an openid must be bound to a platform account before it can log in.</param>
public sealed record MiniProgram(string AppId, bool RequireBinding)
{
    /// <summary>Whether it is an app only for who names it: beside it, the other one may still be left unnamed.</summary>
    public bool IsAside { get; init; }
}

/// <summary>The configured mini-programs.</summary>
public sealed class MiniPrograms
{
    private readonly Dictionary<string, MiniProgram> _byAppId;
    private readonly MiniProgram? _only;

    /// <summary>Takes the configured apps; their AppIDs are unique.</summary>
    public MiniPrograms(IEnumerable<MiniProgram> programs)
    {
        var all = programs.ToArray();
        _byAppId = all.ToDictionary(program => program.AppId, StringComparer.Ordinal);
        First = all.FirstOrDefault();
        _only = all.Where(program => !program.IsAside).ToArray() is [var only] ? only : null;
    }

    /// <summary>The first configured app; <c>null</c> where there is none.</summary>
    public MiniProgram? First { get; }

    /// <summary>The app of that id, or the only one where none is named; <c>null</c> where that does not lead to one.</summary>
    public MiniProgram? Find(string? appId) => appId is null ? _only : _byAppId.GetValueOrDefault(appId);
}
