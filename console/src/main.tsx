import { render } from "preact";
import { begin } from "./access/access";
import { App } from "./app";
import "uplot/dist/uPlot.min.css";
import "./styles.css";

const place = document.getElementById("console");
if (place) {
  // First, as it takes the key out of the address that the page goes by.
  void begin();
  place.replaceChildren();
  render(<App />, place);
}
