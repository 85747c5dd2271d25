using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace WxAuth.Bench.Floor;

/// <summary>
/// The least that answers like the API: no routing, no model binding, no validation, no session, no audit row, no kept session_key.
/// What the API costs above this is what its guarantees and its framework cost.
/// </summary>
internal sealed class FloorApplication(WeChatClient weChat, UserStore users, AccessTokens tokens) : IHttpApplication<IFeatureCollection>
{
    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        return (request.Method, request.Path) switch
        {
            ("POST", "/api/auth/login") => LoginAsync(context),
            ("GET", "/api/users/me") => GetMeAsync(context, request),
            ("GET", "/bench/anonymous") => SetStatus(context, StatusCodes.Status204NoContent),
            _ => SetStatus(context, StatusCodes.Status404NotFound),
        };
    }

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    private async Task LoginAsync(IFeatureCollection context)
    {
        var cancellationToken = context.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
        var body = context.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;
        var read = await body.ReadAtLeastAsync(int.MaxValue, cancellationToken);
        var code = ReadCode(read.Buffer);
        body.AdvanceTo(read.Buffer.End);
        if (code is null || await weChat.ExchangeCodeAsync(code, cancellationToken) is not { } openId)
        {
            await SetStatus(context, StatusCodes.Status400BadRequest);
            return;
        }

        var now = TimeProvider.System.GetUtcNow();
        var (user, isNew) = await users.RecordLoginAsync(openId, now, cancellationToken);
        await WriteJsonAsync(context, json =>
        {
            json.WriteString("tokenType"u8, "Bearer"u8);
            json.WriteString("accessToken"u8, tokens.Issue(user.Id, openId, now));
            json.WriteNumber("expiresIn"u8, AccessTokens.LifetimeSeconds);
            json.WriteString("refreshToken"u8, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
            json.WriteNumber("refreshExpiresIn"u8, 2592000);
            json.WriteString("sessionId"u8, Guid.CreateVersion7(now));
            json.WriteBoolean("isNewUser"u8, isNew);
            json.WriteStartObject("user"u8);
            WriteUser(json, user);
            json.WriteEndObject();
        });
    }

    private async Task GetMeAsync(IFeatureCollection context, IHttpRequestFeature request)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith("Bearer ", StringComparison.Ordinal) || tokens.Verify(authorization[7..], TimeProvider.System.GetUtcNow()) is not { } id
            || await users.FindAsync(id, context.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted) is not { } user)
        {
            await SetStatus(context, StatusCodes.Status401Unauthorized);
            return;
        }

        await WriteJsonAsync(context, json => WriteUser(json, user));
    }

    private static void WriteUser(Utf8JsonWriter json, User user)
    {
        json.WriteString("id"u8, user.Id);
        json.WriteNull("nickname"u8);
        json.WriteNull("avatarUrl"u8);
        json.WriteNull("phoneNumber"u8);
        json.WriteNull("userName"u8);
        json.WriteStartArray("roles"u8);
        json.WriteEndArray();
        json.WriteString("createdAt"u8, user.CreatedAt);
    }

    private static async Task WriteJsonAsync(IFeatureCollection context, Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }

        var headers = context.GetRequiredFeature<IHttpResponseFeature>().Headers;
        headers.ContentType = "application/json; charset=utf-8";
        headers.CacheControl = "no-store";
        headers.ContentLength = buffer.WrittenCount;
        await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(buffer.WrittenMemory);
    }

    private static Task SetStatus(IFeatureCollection context, int status)
    {
        context.GetRequiredFeature<IHttpResponseFeature>().StatusCode = status;
        return Task.CompletedTask;
    }

    private static string? ReadCode(ReadOnlySequence<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("code"u8))
            {
                reader.Read();
                return reader.GetString();
            }
        }

        return null;
    }
}
