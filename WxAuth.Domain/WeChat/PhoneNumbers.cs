namespace WxAuth.Domain.WeChat;

/// <summary>Makes E.164 of a phone number as WeChat writes it.</summary>
public static class PhoneNumbers
{
    private const string MainlandChina = "86";

    // E.164: a country code never starts with 0; at most 15 digits in all. Below 7 it is no subscriber's number.
    private const int MinDigits = 7;
    private const int MaxDigits = 15;
    private const int MaxCountryCodeDigits = 3;

    /// <summary>Reads what WeChat gives. <paramref name="phoneNumber"/> counts only where <paramref name="purePhoneNumber"/> is missing.</summary>
    /// <param name="phoneNumber">With the country code for foreign numbers and without it for mainland ones; with or without <c>+</c>.</param>
    /// <param name="purePhoneNumber">Without the country code.</param>
    /// <param name="countryCode">With or without <c>+</c>; missing or empty: 86.</param>
    /// <returns>The number, which matches <c>^\+[1-9]\d{6,14}$</c>, or <c>null</c> where there is none in it.</returns>
    public static PhoneNumber? Parse(string? phoneNumber, string? purePhoneNumber, string? countryCode)
    {
        var country = Clean(countryCode).TrimStart('+').TrimStart('0');
        if (country.Length == 0)
        {
            country = MainlandChina;
        }

        var number = Clean(purePhoneNumber);
        var mayCarryCountry = false;
        if (number.Length == 0)
        {
            number = Clean(phoneNumber);
            mayCarryCountry = true;
        }

        if (country.Length > MaxCountryCodeDigits || number.Length == 0)
        {
            return null;
        }

        return number switch
        {
            ['+', .. var international] => FromDigits(international),
            ['0', '0', .. var international] => FromDigits(international),
            _ when mayCarryCountry && CarriesCountry(number, country) => FromDigits(number),
            _ => FromDigits(country + number),
        };
    }

    // A mainland number has 11 digits and starts with 1; a foreign one is documented to carry its country code.
    private static bool CarriesCountry(string number, string country) =>
        number.StartsWith(country, StringComparison.Ordinal) && number.Length - country.Length >= MinDigits - 1;

    private static PhoneNumber? FromDigits(string digits) =>
        digits.Length is >= MinDigits and <= MaxDigits && digits[0] != '0' && digits.All(char.IsAsciiDigit) ? new PhoneNumber("+" + digits) : null;

    private static string Clean(string? text) =>
        text is null ? "" : text.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
}
