using System.Text;
using System.Text.Json.Nodes;

namespace WxAuth.Api.Simulator.Push;

/// <summary>The text of an event, in the two formats that can be chosen in WeChat's console.</summary>
internal static class PushMessage
{
    /// <summary>Writes members in order; numbers stay bare, texts are quoted or put into CDATA.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, object>> members, bool xml) => xml ? Xml(members) : Json(members);

    private static string Json(IEnumerable<KeyValuePair<string, object>> members)
    {
        var json = new JsonObject();
        foreach (var (name, value) in members)
        {
            json[name] = value is long number ? number : (string)value;
        }

        return json.ToJsonString(SimulatorJson.WeChat);
    }

    private static string Xml(IEnumerable<KeyValuePair<string, object>> members)
    {
        var xml = new StringBuilder("<xml>");
        foreach (var (name, value) in members)
        {
            _ = value is long number
                ? xml.Append($"<{name}>{number}</{name}>")
                : xml.Append($"<{name}><![CDATA[{value}]]></{name}>");
        }

        return xml.Append("</xml>").ToString();
    }
}
