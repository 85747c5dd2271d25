using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Formatters;

namespace WxAuth.Api.Requests;

/// <summary>JSON is UTF-8 (RFC 8259, 8.1). MVC would also read UTF-16, and lets what is malformed in it out as an internal error.</summary>
internal static class JsonEncoding
{
    private const int Utf8CodePage = 65001;

    public static void OnlyUtf8(MvcOptions options)
    {
        foreach (var formatter in options.InputFormatters.OfType<TextInputFormatter>())
        {
            foreach (var other in formatter.SupportedEncodings.Where(encoding => encoding.CodePage != Utf8CodePage).ToList())
            {
                formatter.SupportedEncodings.Remove(other);
            }
        }
    }
}
