using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using Reversals.Contracts;

namespace Reversals.Gateway.OpenApi;

/// <summary>What each field of the bill says, in a sentence.</summary>
static class FieldTexts
{
    static readonly FrozenDictionary<string, string> Bill = new Dictionary<string, string>(
        StringComparer.Ordinal)
    {
        [nameof(Payment.Hash)] = "The bill's public id.",
        [nameof(Payment.VaNumber)] = "16 digits: prefix and virtual account.",
        [nameof(Payment.InvoiceNumber)] = "The biller's invoice number.",
        [nameof(Payment.Type)] =
            "open: any number of payments of any amount; close: one payment of the total; partial: several " +
            "payments that add up to the total.",
        [nameof(Payment.TransactionRefId)] =
            "The reversed payment's own reference; empty when no payment was found.",
        [nameof(Payment.Name)] = "What the bill is for.",
        [nameof(Payment.CustomerName)] = "Personal data.",
        [nameof(Payment.CustomerEmail)] = "Personal data. Null: not known.",
        [nameof(Payment.CustomerPhone)] = "Personal data. Null: not known.",
        [nameof(Payment.CustomerAddress)] = "Personal data. Null: not known.",
        [nameof(Payment.TotalAmount)] = "IDR. A reversal never changes it.",
        [nameof(Payment.BilledAmount)] = "IDR. A reversal never changes it.",
        [nameof(Payment.PaidAmount)] = "IDR. What is paid now: payments less reversals.",
        [nameof(Payment.Status)] = "State of the bill now.",
        [nameof(Payment.ExtDescription)] = "The description shown to others; null: none.",
        [nameof(Payment.Description)] = "The biller's description; null: none.",
        [nameof(Payment.ValidUntil)] =
            "Until when the bill may be paid. 9999-12-31T23:59:59+07:00: it does not expire.",
        [nameof(Payment.CreatedAt)] = "When the bill was made.",
        [nameof(Payment.Components)] = "The bill's lines; empty: none.",
        [nameof(Payment.AdditionalData)] =
            "What the channel may show besides, as the biller stored it; null: nothing.",
        [nameof(Payment.Detail)] = "The reversal itself; null when nothing was taken back.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    static readonly FrozenDictionary<string, string> Reversal = new Dictionary<string, string>(
        StringComparer.Ordinal)
    {
        [nameof(PaymentDetail.Id)] = "The biller's id of the payment.",
        [nameof(PaymentDetail.PaymentRefId)] = "The channel's reference of the payment; null: it has none.",
        [nameof(PaymentDetail.Channel)] = "The channel that the payment came through; null: not known.",
        [nameof(PaymentDetail.Amount)] = "IDR. What was taken back.",
        [nameof(PaymentDetail.Type)] = "Always reversal.",
        [nameof(PaymentDetail.CreatedAt)] = "When it was taken back.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">A field was added and nothing is said of it here.</exception>
    internal static string? Of(MemberInfo field) =>
        field.DeclaringType == typeof(Payment) ? Bill[field.Name]
        : field.DeclaringType == typeof(PaymentDetail) ? Reversal[field.Name]
        : null;

    /// <summary>A value as it is written.</summary>
    internal static string WordOf<T>(T value)
        where T : struct, Enum =>
        JsonSerializer.SerializeToElement(value, WireJson.Instance.Options).GetString()!;
}
