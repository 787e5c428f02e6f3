using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;
using Reversals.Operations.Queries;
using Reversals.Processing.Postgres;

namespace Reversals.Operations.Page;

/// <summary>
/// Keeps the key ring of the forms in the database, so that a form of one worker can be sent to another. The
/// framework asks once a day, and adds a key every three months.
/// </summary>
sealed class PageKeys(PostgresServers database) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = database.CreateCommand(Query.Statement("page_keys"));
        using var reader = command.ExecuteReader();
        List<XElement> keys = [];
        while (reader.Read())
        {
            keys.Add(XElement.Parse(reader.GetString(0)));
        }

        return keys;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        ArgumentNullException.ThrowIfNull(element);
        using var command = database.CreateCommand(Query.Statement("insert_page_key"));
        command.Parameters.Add(Parameter.Text(friendlyName));
        command.Parameters.Add(Parameter.Text(element.ToString(SaveOptions.DisableFormatting)));
        command.ExecuteNonQuery();
    }
}
