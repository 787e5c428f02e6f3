
namespace Reversals.RabbitMq;

/// <summary>
/// When the broker refuses something, MassTransit may throw away what it is still using, and what it says is
/// that. So what may have been refused is tried once more without it.
/// </summary>
static class BrokerRefusal
{
    internal static async Task<string> ExplainAsync(
        BrokerOptions options, Exception error, CancellationToken stop)
    {
        if (error.GetBaseException() is ObjectDisposedException or OperationCanceledException)
        {
            try
            {
                var items = await Topology.DiffAsync(options, stop);
                if (items.FirstOrDefault(item => item.IsRefused) is { Problem: { } problem })
                {
                    return problem;
                }
            }
            catch (Exception refusal)
            {
                return BrokerConnection.Explain(refusal);
            }
        }

        return BrokerConnection.Explain(error);
    }
}
