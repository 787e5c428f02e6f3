using Reversals.Tests.Hostile.Oracle;
using Reversals.Tests.Hostile.Reading;

namespace Reversals.Tests.Hostile.Cases;

/// <summary>Puts each text at its places: as whole body, in each field, as signature and client.</summary>
sealed class CaseMaker(Clients clients, bool all)
{
    /// <summary>A header frame with more would end the sender's own connection.</summary>
    const int LargestHeader = 60_000;

    readonly List<Case> _cases = [];
    int _numbers;

    /// <summary>Payments of its own that it gave out.</summary>
    internal int Numbers => _numbers;

    /// <summary>Texts that fit into no header, so that they could not be sent there.</summary>
    internal int TooLargeForHeaders { get; private set; }

    internal List<Case> Make(Corpus corpus)
    {
        foreach (var (place, text) in corpus.Texts.Index())
        {
            Add(text, place);
        }

        foreach (var vector in corpus.Vectors)
        {
            Add(vector);
        }

        return _cases;
    }

    void Add(HostileText text, int turn)
    {
        AddBody(text, "body", text.Bytes, Ways(turn));
        foreach (var field in all ? Bodies.Fields : Usual(text.Kind, turn))
        {
            AddBody(text, field, Bodies.Make(field, text, ++_numbers), all ? Ways(turn) : ["signed"]);
        }

        if (!all)
        {
            var field = Bodies.Fields[(turn + 3) % Bodies.Fields.Count];
            string[] way = [turn % 2 == 0 ? "unsigned" : "wrong"];
            AddBody(text, field, Bodies.Make(field, text, ++_numbers), way);
        }

        if (text.Bytes.Length > LargestHeader)
        {
            TooLargeForHeaders++;
            return;
        }

        var well = Bodies.Well(++_numbers);
        Add(text.Kind, text.Origin, "signature", Message.Of(well, text.Bytes, Clients.Acme));
        if (all || turn % 4 == 0)
        {
            var body = Bodies.Well(++_numbers);
            Add(text.Kind, text.Origin, "client", Message.Of(body, Signed(Clients.Acme, body), text.Bytes));
        }
    }

    /// <summary>A short run signs each body and leaves one of the other two ways out, in turns.</summary>
    string[] Ways(int turn) => all ? ["signed", "unsigned", "wrong"]
        : ["signed", turn % 2 == 0 ? "wrong" : "unsigned"];

    /// <summary>Where a text of its kind would do harm, and one other field in turn.</summary>
    static string[] Usual(string kind, int turn)
    {
        var other = Bodies.Fields[2 + (turn % (Bodies.Fields.Count - 2))];
        return kind switch
        {
            Kind.Numbers => ["amount token", "amount", other],
            Kind.Strings => ["amount", other],
            _ => ["amount token", other],
        };
    }

    void AddBody(HostileText text, string place, byte[] body, string[] ways)
    {
        foreach (var way in ways)
        {
            object? signature = way switch
            {
                "signed" => Signed(Clients.Acme, body),
                "wrong" => Signed(Clients.Other, body),
                _ => null,
            };
            Add(text.Kind, text.Origin, $"{place}, {way}", Message.Of(body, signature, Clients.Acme));
        }
    }

    /// <summary>As it stands, when its key can be a client's; its tag on a body of ours; its key on a body of
    /// ours.</summary>
    void Add(Vector vector)
    {
        var tag = Convert.ToHexStringLower(vector.Tag);
        var client = clients.For(vector);
        Add(Kind.Vectors, vector.Origin, client is null ? "tag of another key" : "vector",
            Message.Of(vector.Body, tag, client ?? Clients.Acme), client is null ? null : vector.IsValid);
        Add(Kind.Vectors, vector.Origin, "tag on another body",
            Message.Of(Bodies.Well(++_numbers), tag, client ?? Clients.Acme));
        if (client is null)
        {
            return;
        }

        var body = Bodies.Well(++_numbers);
        var right = Signed(client, body);
        Add(Kind.Vectors, vector.Origin, "key on a body of ours", Message.Of(body, right, client));
        if (all)
        {
            Add(Kind.Vectors, vector.Origin, "vector, upper case",
                Message.Of(vector.Body, tag.ToUpperInvariant(), client));
            Add(Kind.Vectors, vector.Origin, "vector, another client",
                Message.Of(vector.Body, tag, Clients.Other));
            Add(Kind.Vectors, vector.Origin, "vector, a byte more",
                Message.Of([.. vector.Body, 0], tag, client));
            Add(Kind.Vectors, vector.Origin, "tag as bytes", Message.Of(vector.Body, vector.Tag, client));
        }
    }

    void Add(string kind, string origin, string place, Message message, bool? mustBeRight = null) =>
        _cases.Add(new Case(kind, origin, place, message) { MustBeRight = mustBeRight });

    string Signed(string client, byte[] body) => Gate.Sign(Key(client), body);

    byte[] Key(string client) => Encoding.UTF8.GetBytes(clients.Keys[client]);
}
