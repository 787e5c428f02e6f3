using Reversals.Tests.Chaos.Nemesis;

namespace Reversals.Tests.Chaos.Workload;

/// <summary>How the requests are shared out. The first rounds are pressed, as many as there are requests for,
/// unless workers die at named points: those would hardly ever live to work. The others share what is left of
/// those that are enough. The spare ones are for the crash points.</summary>
sealed class Shares
{
    /// <summary>Reversals a second that are offered in a pressed round: more than are to be sustained,
    /// because everything stands still now and then and must catch up.</summary>
    const double Offered = 650;

    /// <summary>Most of the requests that may go into pressed rounds, as a part of all.</summary>
    const double MostForPressed = 0.7;

    /// <summary>A round takes longer than its faults are held, by so much at the most.</summary>
    const double Slack = 1.5;

    /// <summary>Requests for each crash point, in case the rounds leave them all: a point wants up to 15
    /// messages to pass it, and the other workers take their share of them.</summary>
    internal const int OfACrash = 80;

    readonly int _rounds;
    readonly int _shared;

    internal Shares(Generator generator, IReadOnlyList<IReadOnlyList<PlannedFault>> rounds, bool mayPress)
    {
        (_rounds, _shared) = (rounds.Count, generator.Enough);
        PressedRate = Offered * generator.Requests.Count / generator.Reversals;
        MostPressed = mayPress ? (int)(MostForPressed * _shared) : 0;
        double left = MostPressed;
        PressedRounds = rounds.TakeWhile(round =>
            (left -= Slack * PressedRate * Injector.Length(round).TotalSeconds) > 0).Count();
    }

    /// <summary>So many of the first rounds are pressed.</summary>
    internal int PressedRounds { get; }

    /// <summary>Requests a second of a pressed round.</summary>
    internal double PressedRate { get; }

    /// <summary>Most requests of all the pressed rounds.</summary>
    internal int MostPressed { get; }

    /// <summary>Requests of a round that is not pressed, when so many were sent before.</summary>
    internal int Of(int round, int taken) => Math.Max(0, _shared - taken) / (_rounds - round);
}
