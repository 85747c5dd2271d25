using System.Reflection;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.Controllers;

namespace WxAuth.Api.Compatibility;

/// <summary><c>Compatibility:TutorialRoutes</c></summary>
internal static class TutorialRoutes
{
    /// <summary>MVC finds <see cref="TutorialController"/> by itself: switched off, it is taken out again, and its routes do not exist.</summary>
    public static IMvcBuilder AddTutorialRoutes(this IMvcBuilder mvc, bool enabled) => enabled
        ? mvc
        : mvc.ConfigureApplicationPartManager(parts => parts.FeatureProviders.Add(new Removal()));

    private sealed class Removal : IApplicationFeatureProvider<ControllerFeature>
    {
        public void PopulateFeature(IEnumerable<ApplicationPart> parts, ControllerFeature feature) =>
            feature.Controllers.Remove(typeof(TutorialController).GetTypeInfo());
    }
}
