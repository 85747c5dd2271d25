using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace WxAuth.Bench.Floor;

/// <summary>ES256 by hand, with the claims of the API. Tokens seen before are not verified again.</summary>
internal sealed class AccessTokens : IDisposable
{
    public const int LifetimeSeconds = 1800;

    private const int MaxVerified = 10_000;

    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"ES256","typ":"at+jwt","kid":"floor"}"""u8);

    private readonly string _issuer;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    // ECDsa is not promised to be thread-safe: one for each thread.
    private readonly ThreadLocal<ECDsa> _signers;
    private readonly ConcurrentDictionary<string, Verified> _verified = new(StringComparer.Ordinal);

    public AccessTokens(string issuer)
    {
        _issuer = issuer;
        _signers = new ThreadLocal<ECDsa>(() => ECDsa.Create(_key.ExportParameters(includePrivateParameters: true)), trackAllValues: true);
    }

    public string Issue(Guid userId, string openId, DateTimeOffset now)
    {
        var payload = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(payload, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("iss"u8, _issuer);
            json.WriteString("aud"u8, "wxauth"u8);
            json.WriteString("sub"u8, userId);
            json.WriteString("sid"u8, Guid.CreateVersion7(now));
            json.WriteString("jti"u8, Guid.CreateVersion7(now));
            json.WriteNumber("iat"u8, now.ToUnixTimeSeconds());
            json.WriteNumber("exp"u8, now.ToUnixTimeSeconds() + LifetimeSeconds);
            json.WriteString("client_id"u8, WeChatClient.AppId);
            json.WriteString("openid"u8, openId);
            json.WriteStartArray("roles"u8);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        var signed = $"{Header}.{Base64Url.EncodeToString(payload.WrittenSpan)}";
        Span<byte> signature = stackalloc byte[64];
        _signers.Value!.SignData(Encoding.ASCII.GetBytes(signed), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <returns>The user's id, or null if the token is none of ours or too old.</returns>
    public Guid? Verify(string token, DateTimeOffset now)
    {
        if (!_verified.TryGetValue(token, out var verified))
        {
            var dot = token.LastIndexOf('.');
            if (!token.StartsWith(Header + ".", StringComparison.Ordinal) || dot <= Header.Length || !IsSigned(token, dot))
            {
                return null;
            }

            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token.AsSpan(Header.Length + 1, dot - Header.Length - 1)));
            verified = new Verified(claims.RootElement.GetProperty("sub").GetGuid(), claims.RootElement.GetProperty("exp").GetInt64());
            if (_verified.Count < MaxVerified)
            {
                _verified.TryAdd(token, verified);
            }
        }

        return verified.ExpiresAt > now.ToUnixTimeSeconds() ? verified.UserId : null;
    }

    public void Dispose()
    {
        foreach (var signer in _signers.Values)
        {
            signer.Dispose();
        }

        _signers.Dispose();
        _key.Dispose();
    }

    private bool IsSigned(string token, int dot)
    {
        Span<byte> signature = stackalloc byte[64];
        return Base64Url.DecodeFromChars(token.AsSpan(dot + 1), signature, out _, out var length) == OperationStatus.Done && length == signature.Length
            && _signers.Value!.VerifyData(
                Encoding.ASCII.GetBytes(token[..dot]), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private sealed record Verified(Guid UserId, long ExpiresAt);
}
