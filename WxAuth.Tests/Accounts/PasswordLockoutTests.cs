using FsCheck;
using FsCheck.Fluent;
using WxAuth.Domain.Accounts;

namespace WxAuth.Tests.Accounts;

/// <summary>The rule alone; that attempts at once are all counted is <see cref="PasswordLoginTests"/>'.</summary>
public sealed class PasswordLockoutTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    private readonly PasswordFailures _pair = PasswordFailures.None([1]);
    private readonly PasswordFailures _name = PasswordFailures.None([2]);
    private DateTimeOffset _now = Start;

    [Fact]
    public void The_fifth_wrong_password_from_one_client_locks_the_pair_for_15_minutes_from_then()
    {
        for (var i = 0; i < 5; i++)
        {
            _now = Start.AddMinutes(i);
            Assert.IsType<PasswordDecision.Wrong>(Decide(isRight: false));
        }

        _now = Start.AddMinutes(10);
        Assert.Equal(new PasswordDecision.Locked(Start.AddMinutes(19)), Decide(isRight: true));
        Assert.Equal(new PasswordDecision.Locked(Start.AddMinutes(19)), Decide(isRight: false));
        _now = Start.AddMinutes(19);
        Assert.IsType<PasswordDecision.Right>(Decide(isRight: true));
    }

    [Fact]
    public void A_lock_counts_nothing()
    {
        WrongTimes(5);
        _now = Start.AddMinutes(14);

        Decide(isRight: false);

        Assert.Equal((5, Start.AddMinutes(15)), (_pair.Failures, _pair.ExpiresAt));
        Assert.Equal(5, _name.Failures);
    }

    [Fact]
    public void A_right_password_clears_the_pair_but_not_the_name()
    {
        WrongTimes(4);

        Assert.IsType<PasswordDecision.Right>(Decide(isRight: true));

        Assert.True(_pair.IsEmpty);
        Assert.Equal(4, _name.Failures);
        WrongTimes(5);
    }

    [Fact]
    public void A_pair_that_was_quiet_for_15_minutes_begins_anew()
    {
        WrongTimes(4);
        _now = Start.AddMinutes(15);

        WrongTimes(5);

        Assert.IsType<PasswordDecision.Locked>(Decide(isRight: false));
    }

    [Fact]
    public void A_hundred_from_everywhere_lock_the_name_for_the_rest_of_the_hour_that_the_first_began()
    {
        WrongTimes(1, freshPairs: true);
        _now = Start.AddMinutes(59);
        WrongTimes(99, freshPairs: true);

        var locked = PasswordLockout.Decide(PasswordFailures.None([3]), _name, isRight: true, isKnownAddress: false, _now);

        Assert.Equal(new PasswordDecision.Locked(Start.AddHours(1)), locked);
        _now = Start.AddHours(1);
        Assert.IsType<PasswordDecision.Wrong>(Decide(isRight: false));
        Assert.Equal((1, Start.AddHours(2)), (_name.Failures, _name.ExpiresAt));
    }

    [Fact]
    public void A_locked_name_still_opens_from_an_address_that_it_knows()
    {
        WrongTimes(100, freshPairs: true);

        Assert.IsType<PasswordDecision.Locked>(Decide(isRight: true));
        Assert.IsType<PasswordDecision.Right>(Decide(isRight: true, isKnownAddress: true));
        Assert.IsType<PasswordDecision.Wrong>(Decide(isRight: false, isKnownAddress: true));
        Assert.Equal((1, 101), (_pair.Failures, _name.Failures));
    }

    [Fact]
    public void From_an_address_that_it_knows_too_five_wrong_ones_lock_the_pair()
    {
        WrongTimes(100, freshPairs: true);
        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<PasswordDecision.Wrong>(Decide(isRight: false, isKnownAddress: true));
        }

        Assert.Equal(new PasswordDecision.Locked(Start.AddMinutes(15)), Decide(isRight: true, isKnownAddress: true));
    }

    [Fact]
    public void Of_two_locks_the_longer_one_is_told()
    {
        WrongTimes(95, freshPairs: true);
        WrongTimes(5);
        Assert.Equal(new PasswordDecision.Locked(Start.AddHours(1)), Decide(isRight: true));

        // Another pair, locked shortly before the name's hour is over.
        var pair = PasswordFailures.None([3]);
        _now = Start.AddMinutes(59);
        for (var i = 0; i < 5; i++)
        {
            pair.Count(_now, PasswordLockout.PairLock, prolongs: true);
        }

        Assert.Equal(new PasswordDecision.Locked(Start.AddMinutes(74)), PasswordLockout.Decide(pair, _name, isRight: true, isKnownAddress: false, _now));
    }

    [Fact]
    public void The_address_matters_only_where_the_name_is_locked()
    {
        WrongTimes(99, freshPairs: true);
        Assert.False(PasswordLockout.DependsOnAddress(_name, _now));

        WrongTimes(1, freshPairs: true);

        Assert.True(PasswordLockout.DependsOnAddress(_name, _now));
        Assert.False(PasswordLockout.DependsOnAddress(_name, Start.AddHours(1)));
    }

    [Fact]
    public void No_course_of_attempts_is_told_more_than_five_of_a_pair_or_a_hundred_of_a_name()
    {
        var pairLocks = 0;
        var nameLocks = 0;
        var attempts =
            from client in Gen.Choose(0, 39)
            from isRight in Gen.Frequency((19, Gen.Constant(false)), (1, Gen.Constant(true)))
            from isKnown in Gen.Frequency((30, Gen.Constant(false)), (1, Gen.Constant(true)))
            from pause in Gen.Frequency((60, Gen.Choose(0, 30)), (2, Gen.Choose(30, 900)), (1, Gen.Choose(900, 4000)))
            select new Attempt(client, isRight, isKnown, TimeSpan.FromSeconds(pause));

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true),
            Prop.ForAll(attempts.ListOf(400).ToArbitrary(), course =>
            {
                var model = new Course();
                foreach (var attempt in course)
                {
                    model.Take(attempt);
                }

                pairLocks += model.PairLocks;
                nameLocks += model.NameLocks;
            }));

        // The courses went where the limits are.
        Assert.True(pairLocks > 100 && nameLocks > 100, $"{pairLocks} {nameLocks}");
    }

    private PasswordDecision Decide(bool isRight, bool isKnownAddress = false) => PasswordLockout.Decide(_pair, _name, isRight, isKnownAddress, _now);

    private void WrongTimes(int count, bool freshPairs = false)
    {
        for (var i = 0; i < count; i++)
        {
            var pair = freshPairs ? PasswordFailures.None([3]) : _pair;
            Assert.IsType<PasswordDecision.Wrong>(PasswordLockout.Decide(pair, _name, isRight: false, isKnownAddress: false, _now));
        }
    }

    private sealed record Attempt(int Client, bool IsRight, bool IsKnownAddress, TimeSpan Pause);

    /// <summary>One name's attempts, with the promises kept beside the counts in the plainest way: as lists of times.</summary>
    private sealed class Course
    {
        private readonly PasswordFailures _name = PasswordFailures.None([0]);
        private readonly Dictionary<int, (PasswordFailures Failures, List<DateTimeOffset> Wrong)> _pairs = [];
        private readonly List<DateTimeOffset> _hour = [];
        private DateTimeOffset _now = Start;

        public int PairLocks { get; private set; }

        public int NameLocks { get; private set; }

        public void Take(Attempt attempt)
        {
            _now += attempt.Pause;
            if (!_pairs.TryGetValue(attempt.Client, out var pair))
            {
                _pairs[attempt.Client] = pair = (PasswordFailures.None([1]), []);
            }

            var before = (pair.Failures.Failures, pair.Failures.ExpiresAt, _name.Failures, _name.ExpiresAt);
            var decision = Decide(attempt.IsRight);
            var recent = pair.Wrong.Count(at => at > _now - PasswordLockout.PairLock);
            if (_hour.Count > 0 && _hour[0] <= _now - PasswordLockout.NameHour)
            {
                _hour.Clear();
            }

            switch (decision)
            {
                case PasswordDecision.Locked locked:
                    // Right or wrong is not to be told apart, and nothing is counted.
                    Assert.Equal(locked, Decide(!attempt.IsRight));
                    Assert.Equal(before, (pair.Failures.Failures, pair.Failures.ExpiresAt, _name.Failures, _name.ExpiresAt));
                    Assert.True(locked.Until > _now);
                    var isPairLocked = RunOf(pair.Wrong) == 5;
                    Assert.True(isPairLocked || (_hour.Count >= 100 && !attempt.IsKnownAddress), $"{pair.Wrong.Count} {_hour.Count}");
                    PairLocks += isPairLocked ? 1 : 0;
                    NameLocks += isPairLocked ? 0 : 1;
                    break;
                case PasswordDecision.Right:
                    Assert.True(attempt.IsRight);
                    pair.Wrong.Clear();
                    break;
                case PasswordDecision.Wrong:
                    Assert.False(attempt.IsRight);
                    Assert.True(recent < 5, $"{recent} wrong ones of a pair");
                    Assert.True(_hour.Count < 100 || attempt.IsKnownAddress, $"{_hour.Count} wrong ones of a name");
                    pair.Wrong.Add(_now);
                    _hour.Add(_now);
                    break;
                default:
                    Assert.Fail($"{decision.GetType()}");
                    break;
            }

            PasswordDecision Decide(bool isRight) => PasswordLockout.Decide(pair.Failures, _name, isRight, attempt.IsKnownAddress, _now);
        }

        /// <summary>How many of the last ones followed each other, up to now, without a quarter of an hour between them.</summary>
        private int RunOf(List<DateTimeOffset> wrong)
        {
            var run = 0;
            for (var (at, i) = (_now, wrong.Count - 1); i >= 0 && wrong[i] > at - PasswordLockout.PairLock; at = wrong[i], i--)
            {
                run++;
            }

            return run;
        }
    }
}
