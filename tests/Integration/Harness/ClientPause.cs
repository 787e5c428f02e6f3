namespace Reversals.Tests.Integration.Harness;

/// <summary>A client that an operator has paused.</summary>
static class ClientPause
{
    internal const string Pause = $"pause --client {Some.Client} --note flood --as duty --yes";
    internal const string Resume = $"resume --client {Some.Client} --as duty --yes --json";

    /// <summary>Workers that keep what the client sends, which has so many bills.</summary>
    internal static async Task<HostedWorker> PausedAsync(this Sandbox box, int bills, int workers = 1)
    {
        await box.Books.ManyAsync(bills);
        var worker = await box.StartWorkerAsync(workers);
        (await VerbRun.OfAsync(box.Settings, Pause)).ShouldEndWith(0);
        return worker;
    }

    /// <summary>Waits until so many requests are kept.</summary>
    internal static Task KeptAsync(this Sandbox box, int count) => Until.TrueAsync(
        async () => await box.Books.NumberAsync(
            "SELECT count(*) FROM reversals.quarantine WHERE cause = 'PAUSED' AND resolution IS NULL") == count,
        $"{count} are kept");
}
