namespace Reversals.RabbitMq;

/// <summary>The node that let us in.</summary>
/// <param name="Node">Its address alone.</param>
/// <param name="Sizes">How its queues are to be declared.</param>
sealed record SignedIn(BrokerOptions Node, QueueSizes Sizes);
