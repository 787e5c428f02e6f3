import com.google.gson.JsonObject;
import com.rabbitmq.client.*;
import com.rabbitmq.client.AMQP.BasicProperties;
import java.nio.charset.StandardCharsets;
import java.util.*;

/** Asks for a reversal and listens for its event. com.rabbitmq:amqp-client and com.google.code.gson:gson. */
class Sample {
    public static void main(String[] args) throws Exception {
        Channel subscriber = channel("SUBSCRIBER_URL"), upstream = channel("UPSTREAM_URL");
        String queue = env("QUEUE"), mine = UUID.randomUUID().toString();
        subscriber.queueDeclare(queue, true, false, false, Map.of("x-queue-type", "quorum"));
        subscriber.queueBind(queue, "payment-reversed", ""); // the worker's exchanges: bind, never declare
        subscriber.queueBind(queue, "reversal-rejected", "");
        JsonObject request = new JsonObject();
        request.addProperty("payment_ref", env("PAYMENT_REF"));
        request.addProperty("reference_id", env("REFERENCE_ID"));
        byte[] body = request.toString().getBytes(StandardCharsets.UTF_8);
        upstream.confirmSelect();
        upstream.addReturnListener((code, text, exchange, key, properties, content) -> {
            System.err.println("returned: no queue gets the request");
            System.exit(1);
        });
        upstream.basicPublish("reversal-requested", "", true, new BasicProperties.Builder()
            .contentType("application/json").deliveryMode(2).correlationId(mine).timestamp(new Date())
            .headers(Map.of("Client-Id", env("CLIENT_ID"), "Signature", Events.sign(body, env("API_KEY"))))
            .build(), body);
        upstream.waitForConfirmsOrDie(10_000);
        Events events = new Events();
        subscriber.basicConsume(queue, false, new DefaultConsumer(subscriber) {
            @Override
            public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] content) {
                try {
                    System.out.println(events.read(properties, content));
                    getChannel().basicAck(envelope.getDeliveryTag(), false);
                } catch (Exception error) { throw new IllegalStateException(error); }
                if (mine.equals(properties.getCorrelationId())) System.exit(0);
            }
        });
    }

    static Channel channel(String url) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(env(url)); // without a slash at its end, which would name an empty virtual host
        return factory.newConnection().createChannel();
    }

    static String env(String name) { return System.getenv(name); }
}
