using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>What every answer of WeChat may carry.</summary>
internal record WeChatReply
{
    /// <summary>Absent or 0: success.</summary>
    [JsonPropertyName("errcode")]
    public int ErrorCode { get; init; }

    /// <summary>For the log alone, and only the rid in it.</summary>
    [JsonPropertyName("errmsg")]
    public string? ErrorMessage { get; init; }

    /// <summary>Whether a successful answer has what it must have.</summary>
    [JsonIgnore]
    public virtual bool IsComplete => true;
}

/// <summary>sns/jscode2session.</summary>
internal sealed record CodeToSessionReply : WeChatReply, IDisposable
{
    [JsonPropertyName("openid")]
    public string? OpenId { get; init; }

    /// <summary><c>null</c> or empty where the app is bound to no Open Platform account.</summary>
    [JsonPropertyName("unionid")]
    public string? UnionId { get; init; }

    /// <summary>Its text, as bytes that can be cleared.</summary>
    [JsonPropertyName("session_key")]
    [JsonConverter(typeof(SecretTextConverter))]
    public byte[]? SessionKey { get; init; }

    public override bool IsComplete =>
        IsId(OpenId) && (string.IsNullOrEmpty(UnionId) || IsId(UnionId)) && SessionKeyVault.IsSessionKey(SessionKey);

    public void Dispose() => CryptographicOperations.ZeroMemory(SessionKey);

    // 28 characters are seen; what is longer than a column, or holds what a database cannot, is no id.
    private static bool IsId(string? id) => id is { Length: > 0 and <= 128 } && !id.AsSpan().ContainsAnyExceptInRange('!', '~');
}

/// <summary>cgi-bin/stable_token.</summary>
internal sealed record StableTokenReply : WeChatReply
{
    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }

    /// <summary>The rest of its life in seconds.</summary>
    [JsonPropertyName("expires_in")]
    public int ExpiresIn { get; init; }

    public override bool IsComplete => !string.IsNullOrWhiteSpace(AccessToken) && ExpiresIn > 0;
}

/// <summary>wxa/business/getuserphonenumber.</summary>
internal sealed record PhoneNumberReply : WeChatReply
{
    [JsonPropertyName("phone_info")]
    public PhoneInfo? PhoneInfo { get; init; }

    public override bool IsComplete => PhoneInfo is not null;
}

/// <summary>A phone number as WeChat writes it, in the answer of its API and in encryptedData alike.</summary>
internal record PhoneInfo
{
    [JsonPropertyName("phoneNumber")]
    [JsonConverter(typeof(TextOrNumberConverter))]
    public string? PhoneNumber { get; init; }

    [JsonPropertyName("purePhoneNumber")]
    [JsonConverter(typeof(TextOrNumberConverter))]
    public string? PurePhoneNumber { get; init; }

    /// <summary>Documented as a string, but the official sample has a number.</summary>
    [JsonPropertyName("countryCode")]
    [JsonConverter(typeof(TextOrNumberConverter))]
    public string? CountryCode { get; init; }
}

/// <summary>What encryptedData holds: a profile or a phone number. Fields that are not read here are ignored.</summary>
internal sealed record UserDataPayload : PhoneInfo
{
    [JsonPropertyName("openId")]
    public string? OpenId { get; init; }

    [JsonPropertyName("nickName")]
    public string? NickName { get; init; }

    [JsonPropertyName("avatarUrl")]
    public string? AvatarUrl { get; init; }

    [JsonPropertyName("watermark")]
    public Watermark? Watermark { get; init; }
}

/// <summary>Whom encryptedData was made for.</summary>
internal sealed record Watermark
{
    [JsonPropertyName("appid")]
    public string? AppId { get; init; }
}

/// <summary>Body of cgi-bin/stable_token.</summary>
internal sealed record StableTokenRequest(
    [property: JsonPropertyName("grant_type")] string GrantType,
    [property: JsonPropertyName("appid")] string AppId,
    [property: JsonPropertyName("secret")] string Secret);

/// <summary>Body of wxa/business/getuserphonenumber.</summary>
internal sealed record PhoneNumberRequest([property: JsonPropertyName("code")] string Code);

[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(WeChatReply))]
[JsonSerializable(typeof(CodeToSessionReply))]
[JsonSerializable(typeof(StableTokenReply))]
[JsonSerializable(typeof(PhoneNumberReply))]
[JsonSerializable(typeof(UserDataPayload))]
[JsonSerializable(typeof(StableTokenRequest))]
[JsonSerializable(typeof(PhoneNumberRequest))]
internal sealed partial class WeChatJson : JsonSerializerContext;

/// <summary>Reads a string into bytes that can be cleared, which a <see cref="string"/> cannot.</summary>
internal sealed class SecretTextConverter : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not JsonTokenType.String)
        {
            throw new JsonException();
        }

        var room = ArrayPool<byte>.Shared.Rent(reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length);
        try
        {
            return room.AsSpan(0, reader.CopyString(room)).ToArray();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(room);
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) =>
        throw new NotSupportedException("A secret is not written.");
}

/// <summary>Reads a string or a whole number as text.</summary>
internal sealed class TextOrNumberConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number when !reader.HasValueSequence => Encoding.ASCII.GetString(reader.ValueSpan),
        _ => throw new JsonException(),
    };

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
