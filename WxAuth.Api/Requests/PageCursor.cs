using System.Buffers.Text;
using WxAuth.Api.Problems;

namespace WxAuth.Api.Requests;

/// <summary>Where a page of a list begins, and how long it is. A cursor is opaque to clients: the list's letter and the last row's key.</summary>
internal sealed record PageCursor(Guid? After, int Limit)
{
    private const int Default = 50;
    private const int Maximum = 200;
    private const int KeyLength = 16;

    /// <summary>Reads them from the query.</summary>
    /// <param name="list">The list's letter: another list's cursor is none of this one's.</param>
    /// <param name="cursor">As <see cref="Write"/> wrote it; <c>null</c>: the first page.</param>
    /// <param name="limit">1 to 200; <c>null</c>: 50.</param>
    /// <param name="problem">What is wrong, where something is.</param>
    /// <returns><c>null</c> where something is wrong.</returns>
    public static PageCursor? Read(char list, string? cursor, int? limit, out Problem problem)
    {
        var errors = new Dictionary<string, IReadOnlyList<LocalizedText>>(StringComparer.Ordinal);
        Guid? after = null;
        if (cursor is not null && (after = Decode(list, cursor)) is null)
        {
            errors["cursor"] = [ValidationTexts.Cursor];
        }

        if (limit is < 1 or > Maximum)
        {
            errors["limit"] = [ValidationTexts.Between(1, Maximum)];
        }

        problem = new Problem(ProblemCode.ValidationFailed) { Errors = errors };
        return errors.Count == 0 ? new PageCursor(after, limit ?? Default) : null;
    }

    /// <summary>The cursor of the page after that row; <c>null</c> after the last.</summary>
    public static string? Write(char list, Guid? last)
    {
        if (last is not { } key)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[1 + KeyLength];
        bytes[0] = (byte)list;
        key.TryWriteBytes(bytes[1..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    private static Guid? Decode(char list, string cursor)
    {
        Span<byte> bytes = stackalloc byte[1 + KeyLength];
        if (cursor.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.IsValid(cursor)
            || !Base64Url.TryDecodeFromChars(cursor, bytes, out var written) || written != bytes.Length || bytes[0] != list)
        {
            return null;
        }

        // Spelt as we spell it, too: the last character has bits that mean nothing.
        var key = new Guid(bytes[1..], bigEndian: true);
        return string.Equals(Write(list, key), cursor, StringComparison.Ordinal) ? key : null;
    }
}
