using Reversals.Contracts;

namespace Reversals.Gateway.OpenApi;

/// <summary>What is told before anything is carried out.</summary>
static class PreviewExamples
{
    internal static readonly Example[] All =
    [
        .. ((Example[])
        [
            WorkerExamples.Of(
                "would-be-reversed", "The payment would be taken back", Reason.Reversed, Example.Base) with
            {
                Data = WorkerExamples.Reversed,
            },
            WorkerExamples.Of(
                "would-be-refused", "An amount that is no plain number", Reason.AmountInvalid,
                WorkerExamples.Changed("10000", "\"1.000,00\"")),
            GatewayExamples.Of(
                "preview-signature-wrong", "Signed by nobody", GatewayAnswer.SignatureInvalid) with
            {
                Headers = GatewayExamples.With(Wire.SignatureHeader, new string('0', 64)),
            },
            GatewayExamples.Of(
                "preview-unanswered", "No answer in time", GatewayAnswer.PreviewNotAnswered) with
            {
                Given = Givens.NoWorker,
            },
            GatewayExamples.Of(
                "preview-away", "RabbitMQ cannot be reached", GatewayAnswer.PreviewNotAsked) with
            {
                Given = Givens.BrokerAway,
            },
        ]).Select(example => example with { Path = PreviewRequests.Path }),
    ];
}
