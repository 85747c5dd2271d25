using System.Globalization;

namespace WxAuth.Api.Configuration;

/// <summary>Reads values and gathers what is wrong with them: one line a fault, with the key and the mend, never the value.</summary>
internal sealed class ConfigurationReader(IConfiguration configuration)
{
    /// <summary>An upper bound that no life needs to pass, and under which adding to a date cannot overflow.</summary>
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(3650);

    private readonly List<string> _faults = [];

    /// <summary>What was found so far.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Notes a fault.</summary>
    /// <param name="key">The key, with colons.</param>
    /// <param name="mend">What is wrong and what to do, without the value.</param>
    public void Fault(string key, string mend) => _faults.Add($"{key}: {mend}");

    /// <summary>A text; <c>null</c> where it is absent or blank.</summary>
    public string? Text(string key) => configuration[key] is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>A text that must be there.</summary>
    public string Required(string key, string what)
    {
        if (Text(key) is { } text)
        {
            return text;
        }

        Fault(key, $"is missing; set {what}.");
        return "";
    }

    public bool Flag(string key, bool otherwise)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }

        if (!bool.TryParse(text, out var flag))
        {
            Fault(key, "is neither true nor false; write one of the two.");
        }

        return flag;
    }

    public int Number(string key, int otherwise, int minimum, int maximum)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= minimum && number <= maximum)
        {
            return number;
        }

        Fault(key, $"is no whole number from {minimum} to {maximum}; the default is {otherwise}.");
        return otherwise;
    }

    /// <summary>A duration as <c>[days.]hours:minutes:seconds</c>, from 1 s (or 0) to 3650 days.</summary>
    public TimeSpan Duration(string key, TimeSpan otherwise, bool zeroAllowed = false)
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }

        // .NET takes a bare "3" for three days; nobody who writes it means that.
        if (text.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var duration)
            && duration >= (zeroAllowed ? TimeSpan.Zero : TimeSpan.FromSeconds(1)) && duration <= LongestDuration)
        {
            return duration;
        }

        Fault(key, $"is no duration of {(zeroAllowed ? "0" : "1 second")} or more; write [days.]hours:minutes:seconds, such as {otherwise:c}.");
        return otherwise;
    }

    /// <summary>An absolute http or https address; <c>null</c> where it is absent or wrong.</summary>
    public Uri? Address(string key)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp))
        {
            return address;
        }

        Fault(key, "is no absolute http or https address; write one such as https://api.weixin.qq.com.");
        return null;
    }

    /// <summary>The keys of a list's entries, such as <c>WeChat:Apps:0</c>.</summary>
    public IReadOnlyList<string> Entries(string key)
    {
        var section = configuration.GetSection(key);
        var entries = section.GetChildren().Select(child => child.Path).ToArray();
        if (entries.Length == 0 && Text(key) is not null)
        {
            Fault(key, $"is a list; write its entries under {key}:0, {key}:1 and so on.");
        }

        return entries;
    }

    /// <summary>Notes every value after its first occurrence.</summary>
    public void RefuseDoubled(IEnumerable<(string Key, string Value)> values)
    {
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in values.Where(value => value.Value.Length > 0))
        {
            if (!first.TryAdd(value, key))
            {
                Fault(key, $"is the same as {first[value]}; remove one of the two.");
            }
        }
    }
}
