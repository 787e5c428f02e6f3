namespace Reversals.Contracts;

/// <summary>How an event is signed.</summary>
/// <param name="Signature">The value of the header <see cref="Wire.SignatureHeader"/>; null: none.</param>
/// <param name="Next">
/// The value of the header <see cref="Wire.NextSignatureHeader"/>; null: the key is not being changed.
/// </param>
public readonly record struct EventSignatures(string? Signature, string? Next);
