using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WxAuth.Api.Simulator;

/// <summary>How the simulator writes and reads JSON, whatever its host does.</summary>
internal static class SimulatorJson
{
    private const int LongestBody = 64 * 1024;

    /// <summary>WeChat's manner: nothing escaped that need not be, so that <c>+</c>, <c>/</c> and Chinese stand as they are.</summary>
    public static JsonSerializerOptions WeChat { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The developer's calls: camelCase, and a member that is none is an error, since a misspelt one would do nothing.</summary>
    public static JsonSerializerOptions Developer { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads the body as a JSON object, whatever its content type says.</summary>
    /// <returns><c>null</c>: too long, no JSON, or no object.</returns>
    public static async Task<JsonDocument?> ReadObjectAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (await ReadBytesAsync(request, cancellationToken) is not { } body)
        {
            return null;
        }

        try
        {
            var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind is JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            // The caller's mistake, which has an errcode of its own.
            return null;
        }
    }

    /// <summary>Reads the body of a developer's call.</summary>
    /// <returns>The value, or a sentence that says what is wrong with the body.</returns>
    public static async Task<(T? Value, string? Fault)> ReadAsync<T>(HttpRequest request, CancellationToken cancellationToken)
        where T : class
    {
        if (await ReadBytesAsync(request, cancellationToken) is not { } body)
        {
            return (null, $"The body is longer than {LongestBody} bytes.");
        }

        try
        {
            return JsonSerializer.Deserialize<T>(body, Developer) is { } value ? (value, null) : (null, "The body is null.");
        }
        catch (JsonException exception)
        {
            return (null, $"The body is not of the documented shape: {exception.Message}");
        }
    }

    /// <summary>The text of a member; empty where it is missing or no text.</summary>
    public static string TextOf(JsonDocument document, string member) =>
        document.RootElement.TryGetProperty(member, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";

    private static async Task<byte[]?> ReadBytesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // One byte more than allowed tells a body without a length that is too long.
        var buffer = new byte[request.ContentLength is { } known and <= LongestBody ? known : LongestBody + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length > LongestBody ? null : buffer[..length];
    }
}
