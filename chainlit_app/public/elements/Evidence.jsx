// What stands below an answer. Chainlit translates the file of every element of the conversation anew
// whenever something begins or ends, so that this one is short; the view is translated once.
import { Renderer } from "@/components/renderer";

export default (
  <Renderer
    sourceCode={window.docsqlViews.Evidence}
    props={window.docsqlGiven(props, callAction)}
  />
);
