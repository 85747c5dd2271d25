using WxAuth.Domain.Apps;
using WxAuth.Domain.Users;

namespace WxAuth.Domain.Login;

/// <summary>To whom an identity leads at a login. The decision is made here and nowhere else, from what was read and without changing anything.</summary>
public abstract record IdentityLink
{
    private IdentityLink()
    {
    }

    /// <summary>To the user that it led to before.</summary>
    public sealed record Existing(User User) : IdentityLink;

    /// <summary>To a new user: nobody was known by it.</summary>
    public sealed record NewUser : IdentityLink;

    /// <summary>To the user of another identity of the same person, which the shared unionid tells.</summary>
    public sealed record Linked(User User) : IdentityLink;

    /// <summary>
    /// To the user of another identity of the same person; the user that it led to before is bare, and gives way.
    /// </summary>
    public sealed record Moved(LockedUser From, User To) : IdentityLink;

    /// <summary>To the user that it led to before, though the unionid says that another user is the same person: nothing is merged silently.</summary>
    public sealed record Conflict(User User, User Other) : IdentityLink;

    /// <summary>To nobody until it is bound to an account, which the app wants.</summary>
    public sealed record BindingRequired : IdentityLink;

    /// <summary>Decides.</summary>
    /// <param name="known">What the database knows.</param>
    /// <param name="app">The mini-program.</param>
    public static IdentityLink Decide(KnownLogin known, MiniProgram app)
    {
        // Who took this app's identity from the account did not mean it to come back by itself.
        var other = known.Held?.SamePerson is { } user && !user.HasUnbound(app.AppId) ? user : null;
        return (known.User, other) switch
        {
            ({ } own, null) => new Existing(own),
            ({ } own, _) when own.Id == other.Id => new Existing(own),
            ({ } own, _) => known.Held!.Own is { User.IsBare: true, Identities.Count: 1 } bare ? new Moved(bare, other) : new Conflict(own, other),
            (null, not null) => new Linked(other),
            (null, null) => app.RequireBinding ? new BindingRequired() : new NewUser(),
        };
    }
}
