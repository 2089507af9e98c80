// Usage: ten_calls ADDRESS USERNAME. Typical calls, with openapi-generator's Go client.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"example.org/calls/inventory"
)

const password = "long-enough-9"

func must[T any](answer T, _ any, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return answer
}

func refused(err error) inventory.Invalid {
	var refusal *inventory.GenericOpenAPIError
	if !errors.As(err, &refusal) {
		panic(fmt.Sprint("not refused: ", err))
	}
	return refusal.Model().(inventory.Invalid)
}

func main() {
	address, username := os.Args[1], os.Args[2]
	configuration := inventory.NewConfiguration()
	configuration.Servers = inventory.ServerConfigurations{{URL: address}}
	client := inventory.NewAPIClient(configuration)
	ctx := context.Background()

	newUser := *inventory.NewRegisterRequest(username, password)
	newUser.SetEmail("")
	must(client.AuthAPI.Register(ctx).RegisterRequest(newUser).Execute())
	credentials := inventory.NewLoginRequest()
	credentials.SetUsername(username)
	credentials.SetPassword(password)
	signedIn := must(client.AuthAPI.Login(ctx).LoginRequest(*credentials).Execute())
	ctx = context.WithValue(ctx, inventory.ContextAccessToken, signedIn.Access)
	fmt.Println("products:", must(client.ProductsAPI.ProductsList(ctx).LowStock(false).Execute()).Count)

	create := func(name, price string, quantity int64, category any) *inventory.Product {
		body := inventory.NewProductRequest(name, price)
		body.SetQuantity(quantity)
		body.Category = category
		return must(client.ProductsAPI.ProductsCreate(ctx).ProductRequest(*body).Execute())
	}
	kettle := create("Kettle", "24.50", 10, "Kitchen")
	for number := 0; number < 3; number++ {
		create(fmt.Sprint("Screw ", number), "0.01", 1_000_000_000, nil)
	}
	fmt.Println("created:", kettle.Name, kettle.Price, kettle.GetCategoryName(), kettle.Quantity)

	book := func(movementType inventory.MovementTypeEnum, quantity int64) (*inventory.BookedMovement, *http.Response, error) {
		body := inventory.NewBookRequest(movementType)
		body.SetQuantity(quantity)
		body.SetProduct(kettle.Id)
		key := fmt.Sprint(username, " ", movementType, " ", quantity)
		return client.StockAPI.StockCreate(ctx).BookRequest(*body).IdempotencyKey(key).Execute()
	}
	delivered := must(book(inventory.MOVEMENTTYPEENUM_IN, 5))
	fmt.Println("in:", delivered.OldQuantity, delivered.NewQuantity, delivered.Reason)
	sold := must(book(inventory.MOVEMENTTYPEENUM_OUT, 3))
	fmt.Println("out:", sold.OldQuantity, sold.NewQuantity, sold.Reason)

	line := *inventory.NewLineRequest(inventory.MOVEMENTTYPEENUM_OUT)
	line.SetQuantity(1)
	line.SetProduct(kettle.Id)
	body := inventory.NewBookOperationRequest([]inventory.LineRequest{line, line})
	body.SetReason(inventory.REASONENUM_DAMAGE)
	operation := must(client.StockAPI.StockOperationsCreate(ctx).BookOperationRequest(*body).Execute())
	fmt.Println("operation:", len(operation.Movements), operation.Reason)
	count := *inventory.NewCountLineRequest()
	count.SetCounted(9)
	count.SetProduct(kettle.Id)
	counts := *inventory.NewCountRequest([]inventory.CountLineRequest{count})
	fmt.Println("count:", must(client.StockAPI.StockCounts(ctx).CountRequest(counts).Execute()).Lines[0].Difference)

	_, answer, err := book(inventory.MOVEMENTTYPEENUM_OUT, 99)
	refusal := refused(err)
	fmt.Println("refused:", answer.StatusCode, refusal.GetCode(), refusal.GetAvailable(), refusal.GetRequested())
	nameless := *inventory.NewProductRequest(" ", "1")
	_, answer, err = client.ProductsAPI.ProductsCreate(ctx).ProductRequest(nameless).Execute()
	messages := refused(err).AdditionalProperties["name"].([]any)
	fmt.Println("refused:", answer.StatusCode, messages[0])

	fmt.Println("history:", len(must(client.StockAPI.StockHistoryList(ctx, kettle.Id).Execute()).Results))
	fmt.Println("dashboard:", must(client.DashboardAPI.Dashboard(ctx).Execute()).Stock.TotalStock)
	fmt.Println("report:", must(client.ReportsAPI.ReportsValuation(ctx).Execute()).Total.ValueAtPrice)
}
