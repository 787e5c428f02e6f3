namespace Reversals.Hosting;

/// <summary>Unusable configuration; each line says which setting, what is expected and found.</summary>
sealed class ConfigurationException(IEnumerable<string> problems)
    : Exception(string.Join('\n', problems.Select(problem => ControlCharacters.Escape(problem))));
