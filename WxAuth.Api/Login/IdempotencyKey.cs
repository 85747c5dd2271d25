namespace WxAuth.Api.Login;

/// <summary>The header <c>Idempotency-Key</c>: optional; 1 to 128 characters of 0x21 to 0x7E.</summary>
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";
    private const int MaximumLength = 128;

    /// <summary>Reads it.</summary>
    /// <returns>Whether it is absent or good.</returns>
    public static bool TryRead(HttpRequest request, out string? key)
    {
        key = null;
        if (!request.Headers.TryGetValue(Header, out var values))
        {
            return true;
        }

        if (values is not [{ Length: >= 1 and <= MaximumLength } value] || value.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return false;
        }

        key = value;
        return true;
    }
}
