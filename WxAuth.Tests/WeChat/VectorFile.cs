using System.Text.Json;

namespace WxAuth.Tests.WeChat;

/// <summary>One of the files of public test vectors.</summary>
internal static class VectorFile
{
    /// <summary>The ids, so that each vector is a test of its own.</summary>
    public static TheoryData<string> IdsOf(string file, Func<JsonElement, bool>? which = null) =>
        [.. All(file).Where(vector => which is null || which(vector)).Select(vector => vector.GetProperty("id").GetString()!)];

    public static JsonElement Get(string file, string id) => All(file).Single(vector => vector.GetProperty("id").GetString() == id);

    /// <summary>A text of the vector's inputs, or <c>null</c> where it is missing or null.</summary>
    public static string? Input(this JsonElement vector, string name) => TextOf(vector.GetProperty("inputs"), name);

    /// <summary>A text of what the vector expects, or <c>null</c> where it is missing or null.</summary>
    public static string? Expected(this JsonElement vector, string name) => TextOf(vector.GetProperty("expected"), name);

    private static string? TextOf(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static IEnumerable<JsonElement> All(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", file)));
        return [.. document.RootElement.GetProperty("vectors").EnumerateArray().Select(vector => vector.Clone())];
    }
}
