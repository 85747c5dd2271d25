namespace WxAuth.Infrastructure.Startup;

/// <summary>How far this process has come: its database reached and migrated, its keys and its set of ended sessions loaded.</summary>
public sealed class Readiness
{
    private readonly TaskCompletionSource _keysLoaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _endedSessionsLoaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether requests can be served. Once true it stays so: a database that goes away later is each request's own finding.</summary>
    public bool IsReady => _endedSessionsLoaded.Task.IsCompletedSuccessfully;

    /// <summary>Completes when the database is migrated and the keys are read.</summary>
    internal Task KeysLoaded => _keysLoaded.Task;

    /// <summary>Completes when requests can be served.</summary>
    public Task Ready => _endedSessionsLoaded.Task;

    internal void SetKeysLoaded() => _keysLoaded.TrySetResult();

    internal void SetEndedSessionsLoaded() => _endedSessionsLoaded.TrySetResult();
}
