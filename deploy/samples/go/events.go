package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	amqp "github.com/rabbitmq/amqp091-go"
	"os"
	"strings"
)

type event struct {
	ID          string      `json:"event_id"`
	Reason      string      `json:"reason"`
	ReferenceID string      `json:"reference_id"`
	Amount      json.Number `json:"amount"` // the digits as they came: no binary floats for money
	BillVersion int64       `json:"bill_version"`
	Data        *struct{ Hash string }
}

// In a service these are tables, changed in one transaction with what the event changes.
var seen, newest = map[string]bool{}, map[string]int64{}

func sign(body []byte, key string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func read(d amqp.Delivery) string {
	given, _ := d.Headers["Signature"].(string)
	if !hmac.Equal([]byte(sign(d.Body, os.Getenv("EVENTS_KEY"))), []byte(strings.ToLower(given))) {
		return "forged"
	}
	var e event
	must(0, json.Unmarshal(d.Body, &e))
	if seen[e.ID] {
		return "duplicate " + e.ID
	}
	seen[e.ID] = true
	if e.Data != nil {
		if e.BillVersion < newest[e.Data.Hash] {
			return "stale " + e.ID // the event counts, its snapshot of the bill is old
		}
		newest[e.Data.Hash] = e.BillVersion
	}
	return fmt.Sprintf("%s %s %s %s", e.Reason, e.ReferenceID, e.Amount, e.ID)
}
