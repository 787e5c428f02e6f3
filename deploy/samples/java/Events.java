import com.google.gson.*;
import com.rabbitmq.client.AMQP.BasicProperties;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.*;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Reads events. In a service the two are tables, changed in one transaction with what the event changes. */
class Events {
    private final Set<String> seen = new HashSet<>();
    private final Map<String, Long> newest = new HashMap<>();

    static String sign(byte[] body, String key) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(body));
    }

    String read(BasicProperties properties, byte[] body) throws Exception {
        String given = String.valueOf(properties.getHeaders().get("Signature")).toLowerCase(Locale.ROOT);
        String right = sign(body, System.getenv("EVENTS_KEY"));
        if (!MessageDigest.isEqual(right.getBytes(), given.getBytes())) {
            return "forged";
        }
        JsonObject event = JsonParser.parseString(new String(body, StandardCharsets.UTF_8)).getAsJsonObject();
        String id = event.get("event_id").getAsString();
        if (!seen.add(id)) {
            return "duplicate " + id;
        }
        if (event.get("data").isJsonObject()) {
            String bill = event.getAsJsonObject("data").get("hash").getAsString();
            long version = event.get("bill_version").getAsLong();
            if (version < newest.getOrDefault(bill, 0L)) {
                return "stale " + id; // the event counts, its snapshot of the bill is old
            }
            newest.put(bill, version);
        }
        // A BigDecimal is behind an amount (getAsBigDecimal): money is never a binary float.
        return String.join(" ", event.get("reason").getAsString(), text(event.get("reference_id")),
            text(event.get("amount")), id);
    }

    // A rejection may have neither.
    static String text(JsonElement value) { return value.isJsonNull() ? "null" : value.getAsString(); }
}
