using System.Globalization;
using Reversals.Operations.Queries;

namespace Reversals.Operations.Page;

/// <summary>One message of the quarantine, with what can be done about it.</summary>
sealed record QuarantineMessageModel(QuarantineDetail Message) : PageModel
{
    internal override Type View => typeof(QuarantineMessageView);

    internal override string Title => $"Message {Message.Id.ToString(CultureInfo.InvariantCulture)}";

    internal override string Section => "/quarantine";
}
