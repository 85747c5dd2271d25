using Microsoft.AspNetCore.Http.Headers;

namespace WxAuth.Api.Problems;

/// <summary>The languages of problem texts.</summary>
public enum ProblemLanguage
{
    /// <summary><c>zh-CN</c>, the default.</summary>
    Chinese,

    /// <summary><c>en</c></summary>
    English,
}

/// <summary>Chooses the language by <c>Accept-Language</c> (RFC 9110, 12.5.4).</summary>
public static class ProblemLanguages
{
    /// <summary>The value of <c>Content-Language</c>.</summary>
    public static string Tag(this ProblemLanguage language) => language == ProblemLanguage.English ? "en" : "zh-CN";

    /// <summary>
    /// The language of the two that has the higher quality, of equals the one named first. Where neither is
    /// asked for, or the header cannot be read: Chinese.
    /// </summary>
    public static ProblemLanguage Negotiate(RequestHeaders headers)
    {
        Wish? chinese = null, english = null, any = null;
        var ranges = headers.AcceptLanguage;
        for (var index = 0; index < ranges.Count; index++)
        {
            var range = ranges[index].Value;
            var wish = new Wish(ranges[index].Quality ?? 1, index);
            if (Names(range, "zh"))
            {
                chinese = Better(chinese, wish);
            }
            else if (Names(range, "en"))
            {
                english = Better(english, wish);
            }
            else if (range == "*")
            {
                any = Better(any, wish);
            }
        }

        // "*" stands for every language that is not named (RFC 4647, 3.4); between the two it prefers the default.
        var forChinese = chinese ?? any ?? Wish.None;
        var forEnglish = english ?? any ?? Wish.None;
        return forEnglish.Quality > forChinese.Quality
            || (forEnglish.Quality > 0 && forEnglish.Quality.Equals(forChinese.Quality) && forEnglish.Position < forChinese.Position)
            ? ProblemLanguage.English
            : ProblemLanguage.Chinese;
    }

    private static bool Names(Microsoft.Extensions.Primitives.StringSegment range, string language) =>
        range.StartsWith(language, StringComparison.OrdinalIgnoreCase)
        && (range.Length == language.Length || range[language.Length] == '-');

    private static Wish Better(Wish? known, Wish other) => known is { } wish && wish.Quality >= other.Quality ? wish : other;

    private sealed record Wish(double Quality, int Position)
    {
        public static readonly Wish None = new(0, int.MaxValue);
    }
}
