namespace WxAuth.Domain;

/// <summary>A page of a list that is read by its key: nothing twice, nothing lost under inserts.</summary>
/// <param name="Items">The page.</param>
/// <param name="Next">The key after which the next page begins; <c>null</c>: this is the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, Guid? Next);

/// <summary>Makes pages.</summary>
public static class Page
{
    /// <summary>A page of rows that were read with one more than it may hold.</summary>
    public static Page<T> Of<T>(IReadOnlyList<T> rows, int limit, Func<T, Guid> key) =>
        rows.Count > limit ? new([.. rows.Take(limit)], key(rows[limit - 1])) : new(rows, null);
}
