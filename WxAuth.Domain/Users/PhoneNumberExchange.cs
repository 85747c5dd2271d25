using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using WxAuth.Domain.WeChat;

namespace WxAuth.Domain.Users;

/// <summary>
/// Exchanges phone number codes, each once: WeChat charges for every number, and refuses the code the second time. Requests for one code
/// share one call, and for five minutes (the life of a code) a repetition gets the same number, so that neither a lost answer nor a
/// database that was away costs another call. The memory is this process's: a retry that reaches another node asks WeChat, which refuses
/// a used code and charges nothing for that.
/// </summary>
public sealed class PhoneNumberExchange(IWeChatApi weChat, TimeProvider timeProvider)
{
    /// <summary>How long a number is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Lazy<Task<PhoneNumber?>>> _exchanges = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Key, DateTimeOffset Until)> _remembered = new();

    /// <summary>The number that a code stands for; <c>null</c> where WeChat refuses the code.</summary>
    /// <param name="userId">Who sends the code: nobody else gets the number out of the memory.</param>
    /// <param name="appId">A configured AppID.</param>
    /// <param name="code">Of the phone number button.</param>
    /// <param name="cancellationToken">The caller's; it ends the wait and not the call, which is paid for.</param>
    /// <exception cref="WeChatException">As for <see cref="IWeChatApi.GetPhoneNumberAsync"/>. Nothing is remembered of it.</exception>
    public Task<PhoneNumber?> GetAsync(Guid userId, string appId, string code, CancellationToken cancellationToken)
    {
        Forget();
        // Not the code itself: it is a secret while it is good.
        var key = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{userId}\n{appId}\n{code}")));
        return _exchanges
            .GetOrAdd(key, _ => new Lazy<Task<PhoneNumber?>>(() => ExchangeAsync(key, appId, code)))
            .Value.WaitAsync(cancellationToken);
    }

    private async Task<PhoneNumber?> ExchangeAsync(string key, string appId, string code)
    {
        PhoneNumber? number = null;
        try
        {
            // Not the first caller's token: others wait for the answer too, and WeChat's time limit ends it in any case.
            number = await weChat.GetPhoneNumberAsync(appId, code, CancellationToken.None);
            return number;
        }
        finally
        {
            if (number is null)
            {
                _exchanges.TryRemove(key, out _);
            }
            else
            {
                _remembered.Enqueue((key, timeProvider.GetUtcNow() + Memory));
            }
        }
    }

    private void Forget()
    {
        var now = timeProvider.GetUtcNow();
        while (_remembered.TryPeek(out var oldest) && oldest.Until <= now && _remembered.TryDequeue(out var taken))
        {
            // Another request may have taken the oldest in between: what was taken instead is a moment younger, no more.
            _exchanges.TryRemove(taken.Key, out _);
        }
    }
}
