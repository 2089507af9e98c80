import inventory.ApiClient;
import inventory.ApiException;
import inventory.api.AuthApi;
import inventory.api.DashboardApi;
import inventory.api.ProductsApi;
import inventory.api.ReportsApi;
import inventory.api.StockApi;
import inventory.model.*;
import java.util.List;

/** Usage: TenCalls ADDRESS USERNAME. Typical calls, with openapi-generator's Java client. */
class TenCalls {
  static final String PASSWORD = "long-enough-9";
  static final ApiClient client = new ApiClient();
  static ProductsApi products;
  static StockApi stock;

  public static void main(String[] arguments) throws Exception {
    String username = arguments[1];
    client.updateBaseUri(arguments[0]);
    AuthApi auth = new AuthApi(client);
    auth.register(new RegisterRequest().username(username).password(PASSWORD).email(""), null);
    SignedIn signedIn = auth.login(new LoginRequest().username(username).password(PASSWORD), null);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + signedIn.getAccess()));
    products = new ProductsApi(client);
    stock = new StockApi(client);
    var query = ProductsApi.APIProductsListRequest.newBuilder().lowStock(false).build();
    System.out.println("products: " + products.productsList(query).getCount());
    Long kettle = createProducts();
    bookStock(kettle, username);
    readRefusals(kettle, username);
    var history = StockApi.APIStockHistoryListRequest.newBuilder().productId(kettle).build();
    System.out.println("history: " + stock.stockHistoryList(history).getResults().size());
    System.out.println("dashboard: " + new DashboardApi(client).dashboard().getStock().getTotalStock());
    var worth = new ReportsApi(client).reportsValuation(ReportsApi.APIReportsValuationRequest.newBuilder().build());
    System.out.println("report: " + worth.getTotal().getValueAtPrice());
  }

  static Long createProducts() throws ApiException {
    var body = new ProductRequest().name("Kettle").price("24.50").quantity(10L).category("Kitchen");
    Product kettle = products.productsCreate(body, null, null);
    for (int number = 0; number < 3; number++) {
      var screw = new ProductRequest().name("Screw " + number).price("0.01").quantity(1_000_000_000L);
      products.productsCreate(screw, null, null);
    }
    System.out.println("created: " + kettle.getName() + " " + kettle.getPrice() + " " + kettle.getCategoryName()
        + " " + kettle.getQuantity());
    return kettle.getId();
  }

  static BookedMovement book(Long product, MovementTypeEnum type, long quantity, String username) throws ApiException {
    var body = new BookRequest().product(product).movementType(type).quantity(quantity);
    return stock.stockCreate(body, username + " " + type + " " + quantity, null);
  }

  static void bookStock(Long kettle, String username) throws ApiException {
    BookedMovement in = book(kettle, MovementTypeEnum.IN, 5, username);
    System.out.println("in: " + in.getOldQuantity() + " " + in.getNewQuantity() + " " + in.getReason());
    BookedMovement out = book(kettle, MovementTypeEnum.OUT, 3, username);
    System.out.println("out: " + out.getOldQuantity() + " " + out.getNewQuantity() + " " + out.getReason());
    var line = new LineRequest().product(kettle).movementType(MovementTypeEnum.OUT).quantity(1L);
    var body = new BookOperationRequest().lines(List.of(line, line)).reason(ReasonEnum.DAMAGE);
    BookedOperation operation = stock.stockOperationsCreate(body, null, null);
    System.out.println("operation: " + operation.getMovements().size() + " " + operation.getReason());
    var count = new CountRequest().lines(List.of(new CountLineRequest().product(kettle).counted(9L)));
    System.out.println("count: " + stock.stockCounts(count, null, null).getLines().get(0).getDifference());
  }

  static void readRefusals(Long kettle, String username) throws Exception {
    try {
      book(kettle, MovementTypeEnum.OUT, 99, username);
    } catch (ApiException refusal) {
      Invalid body = client.getObjectMapper().readValue(refusal.getResponseBody(), Invalid.class);
      System.out.println("refused: " + refusal.getCode() + " " + body.getCode() + " " + body.getAvailable() + " "
          + body.getRequested());
    }
    try {
      products.productsCreate(new ProductRequest().name(" ").price("1"), null, null);
    } catch (ApiException refusal) {
      Invalid body = client.getObjectMapper().readValue(refusal.getResponseBody(), Invalid.class);
      System.out.println("refused: " + refusal.getCode() + " " + ((List<?>) body.getAdditionalProperty("name")).get(0));
    }
  }
}
