namespace WxAuth.Api.Problems;

/// <summary>
/// Another form of a failure, for clients that know no problem details: as metadata of an endpoint for whoever calls it, as a feature
/// of a request for that one alone.
/// </summary>
internal interface IProblemFormat
{
    /// <summary>The status and the JSON body of a failure; <c>null</c>: the problem details as everywhere.</summary>
    (int Status, object Body)? Format(Problem problem, ProblemLanguage language);
}
