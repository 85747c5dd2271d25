namespace WxAuth.Api.Problems;

/// <summary>A text to be shown to a user, in both languages that the API speaks.</summary>
/// <param name="Chinese">Simplified Chinese (<c>zh-CN</c>).</param>
/// <param name="English">English (<c>en</c>).</param>
public sealed record LocalizedText(string Chinese, string English)
{
    /// <summary>The text in that language.</summary>
    public string In(ProblemLanguage language) => language == ProblemLanguage.English ? English : Chinese;
}
