using Microsoft.AspNetCore.Mvc;
using WxAuth.Api.Configuration;
using WxAuth.Api.Problems;
using WxAuth.Api.Swagger;
using WxAuth.Api.Tokens;

namespace WxAuth.Api.Users;

/// <summary>What the user's roles let it see.</summary>
[ApiController]
[Route("api/users/me/menus")]
[Tags("Me")]
[AnswersProblems(ProblemCode.TokenMissing, ProblemCode.TokenInvalid, ProblemCode.TokenExpired, ProblemCode.SessionRevoked, ProblemCode.DatabaseUnavailable)]
public sealed class MenusController(Settings settings) : ControllerBase
{
    /// <summary>Lists the menus that the user may see.</summary>
    /// <response code="200">The configured menus, as far as the token's roles reach.</response>
    [HttpGet]
    [ProducesResponseType<MenusResponse>(StatusCodes.Status200OK)]
    public IActionResult List() => Ok(new MenusResponse(MenuResponse.Visible(settings.Menus, User.Roles())));
}

/// <summary>Menus.</summary>
/// <param name="Menus">The roots, in their configured order.</param>
public sealed record MenusResponse(IReadOnlyList<MenuResponse> Menus);

/// <summary>An entry of the menus.</summary>
/// <param name="Key">Unique in the whole tree.</param>
/// <param name="Title">Shown to the user.</param>
/// <param name="Path">The mini-program's page; <c>null</c>: the entry only holds others.</param>
/// <param name="Icon">An icon's name or address, or <c>null</c>.</param>
/// <param name="Children">Below it.</param>
public sealed record MenuResponse(string Key, string Title, string? Path, string? Icon, IReadOnlyList<MenuResponse> Children)
{
    /// <summary>The entries that these roles may see: an entry without roles is everybody's, and a hidden one hides what is below it.</summary>
    public static IReadOnlyList<MenuResponse> Visible(IReadOnlyList<Menu> menus, IReadOnlyList<string> roles) =>
    [
        .. menus
            .Where(menu => menu.Roles.Count == 0 || menu.Roles.Intersect(roles, StringComparer.Ordinal).Any())
            .Select(menu => new MenuResponse(menu.Key, menu.Title, menu.Path, menu.Icon, Visible(menu.Children, roles))),
    ];
}
