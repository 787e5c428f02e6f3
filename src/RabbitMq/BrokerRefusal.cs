
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
                var items = await Topology.DiffAsync(options, stop).WaitAsync(BrokerConnection.Timeout, stop);
                if (items.FirstOrDefault(item => item.IsRefused) is { Problem: { } problem })
                {
                    return problem;
                }
            }
            catch (TimeoutException)
            {
                // It answers nothing now, and the next try is not to wait for that.
            }
            catch (Exception refusal)
            {
                return BrokerConnection.Explain(refusal);
            }
        }

        return BrokerConnection.Explain(error);
    }
}
