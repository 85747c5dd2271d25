using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using WxAuth.Domain.Tokens;

namespace WxAuth.Infrastructure.Tokens;

/// <summary>
/// Writes JWTs in compact form (RFC 7515, 7.1). By hand, because each login and refresh pays for it: the header is made once a
/// key and the payload is written straight into the buffer that is signed.
/// </summary>
internal sealed class AccessTokenIssuer(TokenKeys keys, IOptions<JwtOptions> options) : IAccessTokenIssuer
{
    private const int SignatureLength = 64;

    public string Issue(AccessTokenSubject subject, DateTimeOffset now)
    {
        var key = keys.Current.SignerAt(now);
        var payload = new ArrayBufferWriter<byte>(512);
        WritePayload(payload, subject, now);

        var header = key.EncodedHeader;
        var signedLength = header.Length + 1 + Base64Url.GetEncodedLength(payload.WrittenCount);
        var length = signedLength + 1 + Base64Url.GetEncodedLength(SignatureLength);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            header.CopyTo(buffer, 0);
            buffer[header.Length] = (byte)'.';
            Base64Url.EncodeToUtf8(payload.WrittenSpan, buffer.AsSpan(header.Length + 1));
            Span<byte> signature = stackalloc byte[SignatureLength];
            key.Sign(buffer.AsSpan(0, signedLength), signature);
            buffer[signedLength] = (byte)'.';
            Base64Url.EncodeToUtf8(signature, buffer.AsSpan(signedLength + 1));
            return Encoding.ASCII.GetString(buffer, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private void WritePayload(ArrayBufferWriter<byte> payload, AccessTokenSubject subject, DateTimeOffset now)
    {
        using var json = new Utf8JsonWriter(payload);
        json.WriteStartObject();
        json.WriteString("iss", options.Value.Issuer);
        json.WriteString("aud", options.Value.Audience);
        json.WriteString("sub", subject.UserId);
        json.WriteString("sid", subject.SessionId);
        json.WriteString("jti", Guid.CreateVersion7(now));
        json.WriteNumber("iat", now.ToUnixTimeSeconds());
        json.WriteNumber("exp", subject.ExpiresAt.ToUnixTimeSeconds());
        json.WriteString("client_id", subject.AppId ?? ClientIds.Platform);
        if (subject.OpenId is not null)
        {
            json.WriteString("openid", subject.OpenId);
        }

        json.WriteStartArray("roles");
        foreach (var role in subject.Roles)
        {
            json.WriteStringValue(role);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
