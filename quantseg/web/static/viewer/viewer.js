// The place of the viewer. It gets the element #viewer, whose data-* say where image (NIfTI, frames as fourth axis),
// labels (NIfTI with ETag), state (JSON) and segments (value, name, colour) are. Labels go back by PUT to the address
// of the labels, with If-Match and the token of csrf(). Until a viewer stands here the key picture is shown.
export function start(element) {
  return {
    // Brings a place, RAS in mm, and a frame, counted from 1, into view.
    show(centre, frame) { element.dataset.centre = centre.join(" "); element.dataset.frame = frame ?? ""; },
  };
}
