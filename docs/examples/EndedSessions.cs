using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using Microsoft.Extensions.Hosting;

namespace WxAuth.Examples;

/// <summary>The sessions that WxAuth has ended, for a service that checks access tokens by itself: refuse a token whose session is refused.</summary>
/// <remarks>wxAuth has the issuer as BaseAddress; Authorization is Basic with an id and secret of Introspection:Clients.</remarks>
public sealed class EndedSessions(HttpClient wxAuth, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5); // that of your TokenValidationParameters
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _ended = new();
    private long? _heard; // none is accepted before the set has been loaded

    public bool Refuses(ClaimsPrincipal user) => _heard is not { } heard || clock.GetElapsedTime(heard).TotalSeconds > 60
        || _ended.ContainsKey(Guid.Parse((user.FindFirst("sid") ?? user.FindFirst(ClaimTypes.Sid))!.Value));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (string? cursor = null; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                var news = (await wxAuth.GetFromJsonAsync<News>($"api/auth/ended-sessions?after={cursor}", stoppingToken))!; // waits up to 25 s
                news.Sessions.ForEach(session => _ended[session.Sid] = session.Until + ClockSkew);
                _ended.Where(session => session.Value < clock.GetUtcNow()).ToList().ForEach(session => _ended.TryRemove(session));
                (cursor, _heard) = (news.Cursor, clock.GetTimestamp());
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stoppingToken.IsCancellationRequested)
            {
                cursor = e is HttpRequestException { StatusCode: HttpStatusCode.BadRequest } ? null : cursor; // a cursor of another database
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken);
            }
        }
    }
    private sealed record News(string Cursor, List<Ended> Sessions);
    private sealed record Ended(Guid Sid, DateTimeOffset Until);
}
