using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;
using WxAuth.Domain.WeChat;

namespace WxAuth.Infrastructure.WeChat;

/// <summary>The fields of a pushed message, JSON or XML, by their names without case: WeChat writes OpenID and openid alike.</summary>
internal sealed class PushMessage
{
    private const int MaxFields = 256;
    private const int MaxCharacters = 256 * 1024;

    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    private PushMessage()
    {
    }

    /// <summary>The encrypted message of an envelope.</summary>
    public string? Encrypt => this["Encrypt"];

    private string? this[string name] => _fields.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <returns>The message, or <c>null</c> where the body is neither JSON nor XML of one.</returns>
    public static PushMessage? Parse(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> byteOrderMark = [0xEF, 0xBB, 0xBF];
        body = (body.StartsWith(byteOrderMark) ? body[byteOrderMark.Length..] : body).Trim(" \t\r\n"u8);
        var message = new PushMessage();
        try
        {
            var isRead = body switch
            {
                [(byte)'{', ..] => message.ReadJson(body),
                [(byte)'<', ..] => message.ReadXml(body),
                _ => false,
            };
            return isRead ? message : null;
        }
        catch (Exception exception) when (exception is JsonException or XmlException or InvalidOperationException)
        {
            // A broken body is the sender's mistake: the caller answers it with a refusal.
            return null;
        }
    }

    /// <summary>What the message says.</summary>
    public PushEvent ToEvent() => new(
        this["MsgId"],
        this["FromUserName"],
        TimeOf(this["CreateTime"]),
        this["MsgType"],
        this["Event"],
        this["OpenID"],
        this["AppID"],
        ScopesOf(this["RevokeInfo"]),
        this["PluginID"],
        // One of WeChat's own samples has a blank inside the value.
        this["OpenPID"]?.Replace(" ", "", StringComparison.Ordinal));

    private bool ReadJson(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.String:
                    Add(name, reader.GetString()!);
                    break;
                case JsonTokenType.Number:
                    Add(name, Encoding.ASCII.GetString(reader.ValueSpan));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        // Read throws on what follows the object.
        return reader.TokenType is JsonTokenType.EndObject && !reader.Read();
    }

    private bool ReadXml(ReadOnlySpan<byte> body)
    {
        using var reader = XmlReader.Create(
            new MemoryStream(body.ToArray(), writable: false),
            new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null,
                MaxCharactersInDocument = MaxCharacters,
                MaxCharactersFromEntities = 1024,
                IgnoreComments = true,
                IgnoreProcessingInstructions = true,
                IgnoreWhitespace = true,
            });
        reader.MoveToContent();
        if (reader.IsEmptyElement)
        {
            return false;
        }

        reader.ReadStartElement();
        while (reader.MoveToContent() is XmlNodeType.Element)
        {
            ReadField(reader);
        }

        reader.ReadEndElement();
        return reader.MoveToContent() is XmlNodeType.None;
    }

    private void ReadField(XmlReader reader)
    {
        var name = reader.LocalName;
        using var field = reader.ReadSubtree();
        field.Read();
        var text = new StringBuilder();
        var hasChildren = false;
        while (field.Read())
        {
            hasChildren |= field.NodeType is XmlNodeType.Element;
            if (field.NodeType is XmlNodeType.Text or XmlNodeType.CDATA)
            {
                text.Append(field.Value);
            }
        }

        field.Close();
        reader.Read();
        if (!hasChildren)
        {
            Add(name, text.ToString());
        }
    }

    // The first one counts, so that a repeated field changes nothing.
    private void Add(string name, string value)
    {
        if (_fields.Count < MaxFields)
        {
            _fields.TryAdd(name.Trim(), value.Trim());
        }
    }

    private static DateTimeOffset? TimeOf(string? seconds) =>
        long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var unix) && unix <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(unix)
            : null;

    // Which character stands between several numbers is not documented.
    private static List<int> ScopesOf(string? revokeInfo)
    {
        var scopes = new List<int>();
        var rest = revokeInfo.AsSpan();
        while (rest.IndexOfAnyInRange('0', '9') is >= 0 and var start)
        {
            rest = rest[start..];
            var length = rest.IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : rest.Length;
            if (int.TryParse(rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var scope) && !scopes.Contains(scope))
            {
                scopes.Add(scope);
            }

            rest = rest[length..];
        }

        return scopes;
    }
}
