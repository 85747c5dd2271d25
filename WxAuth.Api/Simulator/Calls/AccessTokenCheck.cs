namespace WxAuth.Api.Simulator.Calls;

/// <summary>Reads the access_token in the query of a call that needs one.</summary>
internal sealed class AccessTokenCheck(AppAccessTokens tokens)
{
    /// <returns>The app whose token it is, or the errcode that refuses it.</returns>
    public (string AppId, int? Errcode) Check(HttpRequest request)
    {
        var token = request.Query["access_token"].ToString();
        if (token.Length == 0)
        {
            return ("", WeChatErrors.MissingToken);
        }

        var (verdict, appId) = tokens.Check(token);
        return verdict switch
        {
            TokenVerdict.Good => (appId, null),
            TokenVerdict.Expired => ("", WeChatErrors.ExpiredToken),
            _ => ("", WeChatErrors.NotLatestToken),
        };
    }
}
