using Reversals.Tests.Hostile.Oracle;

namespace Reversals.Tests.Hostile.Http;

/// <summary>What an answer must look like, whatever it says.</summary>
static class HttpAnswers
{
    static readonly string[] Fields = ["rc", "message", "timestamp", "data"];

    static readonly Dictionary<int, string> ResultCodes = new()
    {
        [400] = "BILLER_INVALID_TRANSACTION", [401] = "BILLER_AUTHENTICATION",
        [404] = "BILLER_INVALID_TRANSACTION", [405] = "BILLER_INVALID_TRANSACTION",
        [406] = "BILLER_INVALID_TRANSACTION", [408] = "BILLER_INVALID_TRANSACTION",
        [413] = "BILLER_INVALID_TRANSACTION", [414] = "BILLER_INVALID_TRANSACTION",
        [415] = "BILLER_INVALID_TRANSACTION", [431] = "BILLER_INVALID_TRANSACTION",
        [501] = "BILLER_INVALID_TRANSACTION", [505] = "BILLER_INVALID_TRANSACTION",
        [503] = "BILLER_GATEWAY_INVALID_RESPONSE",
    };

    /// <summary>What is wrong with it; null: nothing.</summary>
    internal static string? Mistake(RawAnswer answer)
    {
        if (JsonReader.ReadAny(answer.Body) is not { Kind: JsonKind.Table } body
            || !body.Members.Select(member => member.Name).SequenceEqual(Fields, StringComparer.Ordinal))
        {
            return $"status {answer.Status} with something else than the four fields";
        }

        var rc = body["rc"]!.Text;
        return answer.Header("Content-Type") is not "application/json" ? "another content type than JSON"
            : answer.Status is 200 ? null
            : !ResultCodes.TryGetValue(answer.Status, out var wanted) ? $"status {answer.Status}"
            : !string.Equals(rc, wanted, StringComparison.Ordinal) ? $"status {answer.Status} with {rc}"
            : body["data"] is not { Kind: JsonKind.Null } ? $"status {answer.Status} with data"
            : null;
    }

    /// <summary>The bytes that a caller is to be told of an event; null: it has not got them all.</summary>
    internal static byte[]? Of(byte[] told)
    {
        using var json = System.Text.Json.JsonDocument.Parse(told);
        return Array.TrueForAll(Fields, name => json.RootElement.TryGetProperty(name, out _))
            ? Encoding.UTF8.GetBytes("{" + string.Join(',', Fields.Select(
                name => $"\"{name}\":{json.RootElement.GetProperty(name).GetRawText()}")) + "}")
            : null;
    }
}
