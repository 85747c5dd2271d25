namespace WxAuth.Infrastructure.Persistence;

/// <summary>Where a private cluster is kept and how careful it is.</summary>
/// <param name="Directory">The folder of the cluster; made where it is missing. Processes that name the same folder share one server.</param>
public sealed record PrivatePostgresOptions(string Directory)
{
    /// <summary>
    /// Whether a commit survives a power cut; the default is <c>true</c>. Tests, whose data nobody wants back, save the time
    /// of every fsync with <c>false</c>. Who joins a running server gets what its starter asked for.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>Where initdb and postgres are looked for; <c>null</c>: on PATH and where packages put them.</summary>
    internal IReadOnlyList<string>? BinaryFolders { get; init; }
}
