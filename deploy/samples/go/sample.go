// Asks for a reversal and listens for its event. go get github.com/rabbitmq/amqp091-go
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	subscriber := must(must(amqp.Dial(os.Getenv("SUBSCRIBER_URL"))).Channel())
	quorum := amqp.Table{"x-queue-type": "quorum"}
	queue := must(subscriber.QueueDeclare(os.Getenv("QUEUE"), true, false, false, false, quorum))
	for _, exchange := range []string{"payment-reversed", "reversal-rejected"} { // the worker's: never declare
		must(0, subscriber.QueueBind(queue.Name, "", exchange, false, nil))
	}

	fields := map[string]string{"payment_ref": os.Getenv("PAYMENT_REF"), "reference_id": os.Getenv("REFERENCE_ID")}
	body, mine := must(json.Marshal(fields)), fmt.Sprint("sample-", time.Now().UnixNano())
	upstream := must(must(amqp.Dial(os.Getenv("UPSTREAM_URL"))).Channel())
	must(0, upstream.Confirm(false))
	confirms := upstream.NotifyPublish(make(chan amqp.Confirmation, 1))
	returns := upstream.NotifyReturn(make(chan amqp.Return, 1))
	must(0, upstream.Publish("reversal-requested", "", true, false, amqp.Publishing{
		Body: body, ContentType: "application/json", DeliveryMode: 2, CorrelationId: mine, Timestamp: time.Now(),
		Headers: amqp.Table{"Client-Id": os.Getenv("CLIENT_ID"), "Signature": sign(body, os.Getenv("API_KEY"))},
	}))
	if confirm := <-confirms; !confirm.Ack || len(returns) > 0 { // what is returned comes before its confirm
		log.Fatal("refused by the broker, or returned: no queue gets the request")
	}

	for delivery := range must(subscriber.Consume(queue.Name, "", false, false, false, false, nil)) {
		fmt.Println(read(delivery))
		must(0, delivery.Ack(false))
		if delivery.CorrelationId == mine {
			return
		}
	}
}
