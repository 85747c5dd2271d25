using WxAuth.Domain.WeChat;

namespace WxAuth.Tests.WeChat;

public sealed class PhoneNumbersTests
{
    [Theory]
    [InlineData("13800138000", "13800138000", "86", "+8613800138000")]
    [InlineData("+8613800138000", "13800138000", "+86", "+8613800138000")]
    [InlineData("13800138000", "13800138000", null, "+8613800138000")]
    [InlineData("13800138000", "13800138000", "", "+8613800138000")]
    [InlineData("13800138000", null, "86", "+8613800138000")]
    [InlineData("8613800138000", null, "86", "+8613800138000")]
    [InlineData("+8613800138000", null, null, "+8613800138000")]
    [InlineData("008613800138000", null, "0086", "+8613800138000")]
    [InlineData("+447911123456", "7911123456", "44", "+447911123456")]
    [InlineData("447911123456", null, "44", "+447911123456")]
    [InlineData("12025550123", "2025550123", "1", "+12025550123")]
    [InlineData("12025550123", null, "1", "+12025550123")]
    [InlineData("+852 6123-4567", null, "852", "+85261234567")]
    [InlineData("", "61234567", "852", "+85261234567")]
    [InlineData("13800138000", " 138 0013 8000 ", " 86 ", "+8613800138000")]
    public void A_number_of_WeChat_s_becomes_E164(string? phoneNumber, string? pure, string? countryCode, string expected)
    {
        Assert.Equal(new PhoneNumber(expected), PhoneNumbers.Parse(phoneNumber, pure, countryCode));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("", "", "86")]
    [InlineData("186****5613", "186****5613", "86")]
    [InlineData("13800138000", "13800138000", "8x")]
    [InlineData("13800138000", "13800138000", "86868")]
    [InlineData("+0138001380001", null, "86")]
    [InlineData("+", null, "86")]
    [InlineData("123", "123", "86")]
    [InlineData("1234567890123456", "1234567890123456", "86")]
    [InlineData("１３８００１３８０００", "１３８００１３８０００", "86")]
    public void What_is_no_number_is_null(string? phoneNumber, string? pure, string? countryCode)
    {
        Assert.Null(PhoneNumbers.Parse(phoneNumber, pure, countryCode));
    }
}
